/*
 * test_engine.c - what a Windows host refuses, and with which fault: headers,
 * options, selectors, bodies, owners (MS-WSMV 2.2.4, DSP0226, wsmerror.h).
 */
#include "../unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine.h"

#define S "http://www.w3.org/2003/05/soap-envelope"
#define TO "<a:To>http://win1:5985/wsman</a:To>"
#define REPLY "<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/" \
    "addressing/role/anonymous</a:Address></a:ReplyTo>"
#define ID "<a:MessageID>uuid:42</a:MessageID>"
#define CMD "<w:ResourceURI>" URI_CMD "</w:ResourceURI>"
#define SERVICES "<w:ResourceURI>" URI_SERVICE "</w:ResourceURI>"
#define ACTION(uri) "<a:Action>" uri "</a:Action>"
#define CREATE ACTION(NS_TRANSFER "/Create")
#define USUAL TO REPLY ID CMD
#define SHELL(inner) "<rsp:Shell><rsp:OutputStreams>stdout stderr" \
    "</rsp:OutputStreams>" inner "</rsp:Shell>"
#define NOBODYS "<w:SelectorSet><w:Selector Name=\"ShellId\">" \
    "11111111-1111-1111-1111-111111111111</w:Selector></w:SelectorSet>"

struct world {
    struct host host;
    struct caller caller;
    struct buf answer;
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct err err;

    if (w == NULL)
        return -1;
    snprintf(w->host.name, sizeof w->host.name, "WIN1");
    snprintf(w->host.fqdn, sizeof w->host.fqdn, "win1.corp.example.com");
    w->host.max_envelope = 512000;
    w->host.max_timeout_ms = 60000;
    w->host.max_shells = 5;
    w->host.max_commands = 25;
    buf_init(&w->answer, 1048576);
    *state = w;
    return registry_new(&w->host.shells, &err) == 0
        && identity_new("CORP", "alice", NULL, &w->caller.identity, &err)
           == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    registry_free(&w->host.shells);
    identity_unref(&w->caller.identity);
    buf_free(&w->answer);
    free(w);
    return 0;
}

static int ask(struct world *w, const char *xml)
{
    const char *what;
    int status;

    buf_clear(&w->answer);
    status = engine_answer(&w->host, &w->caller,
                           (const unsigned char *)xml, strlen(xml),
                           &w->answer, &what);
    buf_put_u8(&w->answer, 0);
    return status;
}

static int ask_parts(struct world *w, const char *headers, const char *body)
{
    char xml[8192];

    snprintf(xml, sizeof xml, "<s:Envelope xmlns:s=\"" S "\" xmlns:a=\"http:"
             "//schemas.xmlsoap.org/ws/2004/08/addressing\" xmlns:w=\"http:"
             "//schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" xmlns:rsp=\""
             NS_SHELL "\"><s:Header>%s</s:Header><s:Body>%s</s:Body>"
             "</s:Envelope>", headers, body);
    return ask(w, xml);
}

static bool has(const struct world *w, const char *text)
{
    return strstr((const char *)w->answer.data, text) != NULL;
}

static void wrong_requests_get_their_fault(void **state)
{
    static const struct { const char *what, *headers, *body, *code; }
    rows[] = {
        { "no To", CREATE REPLY ID CMD, SHELL(""), "2150858769" },
        { "no MessageID", CREATE TO REPLY CMD, SHELL(""), "2150858769" },
        { "two Actions", CREATE CREATE USUAL, SHELL(""), "2150858767" },
        { "reply elsewhere", CREATE TO ID CMD "<a:ReplyTo><a:Address>http://"
          "evil</a:Address></a:ReplyTo>", SHELL(""), "2150858767" },
        { "unknown action", ACTION("http://x/y") USUAL, "", "2150858771" },
        { "unknown resource", CREATE TO REPLY ID "<w:ResourceURI>http://x"
          "</w:ResourceURI>", SHELL(""), "2150858752" },
        { "Enumerate of cmd", ACTION(NS_ENUMERATION "/Enumerate") USUAL, "",
          "2150858771" },
        { "Enumerate without its body", ACTION(NS_ENUMERATION "/Enumerate")
          TO REPLY ID SERVICES, "", "2150858817" },
        { "Pull without a context", ACTION(NS_ENUMERATION "/Pull") TO REPLY
          ID SERVICES, "<n:Pull xmlns:n=\"" NS_ENUMERATION "\"/>",
          "2150858884" },
        { "Get of one of many", ACTION(NS_TRANSFER "/Get") TO REPLY ID
          SERVICES, "", "2150858813" },
        { "unknown header to understand", CREATE USUAL
          "<x:New xmlns:x=\"urn:x\" s:mustUnderstand=\"true\"/>", SHELL(""),
          "2150858768" },
        { "negative timeout", CREATE USUAL "<w:OperationTimeout>PT-1S"
          "</w:OperationTimeout>", SHELL(""), "2150858767" },
        { "tiny envelope", CREATE USUAL "<w:MaxEnvelopeSize>100"
          "</w:MaxEnvelopeSize>", SHELL(""), "2150858824" },
        { "option to comply with", CREATE USUAL "<w:OptionSet><w:Option "
          "Name=\"NEW\" MustComply=\"true\">1</w:Option></w:OptionSet>",
          SHELL(""), "2150858809" },
        { "bare number as IdleTimeOut", CREATE USUAL,
          SHELL("<rsp:IdleTimeOut>60</rsp:IdleTimeOut>"), "2150858817" },
        { "unknown element", CREATE USUAL, SHELL("<rsp:Colour/>"),
          "2150858817" },
        { "no output", CREATE USUAL, "<rsp:Shell/>", "2150858817" },
        { "empty body", CREATE USUAL, "", "2150858791" },
        { "no selector", ACTION(NS_TRANSFER "/Delete") USUAL, "",
          "2150858813" },
        { "a shell that is not", ACTION(NS_TRANSFER "/Delete") USUAL NOBODYS,
          "", "2150858843" },
    };
    struct world *w = *state;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(ask_parts(w, rows[i].headers, rows[i].body), 500);
        if (!has(w, rows[i].code))
            print_message("%s\n", rows[i].what);
        assert_true(has(w, rows[i].code));
    }
    assert_true(has(w, "<a:RelatesTo>uuid:42</a:RelatesTo>"));
}

static void wrong_xml_is_refused(void **state)
{
    static const char *const texts[] = {
        "", "no XML", "<a/>",
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">"
        "<s:Body/></s:Envelope>",
        "<!DOCTYPE s:Envelope [<!ENTITY x \"y\">]><s:Envelope xmlns:s=\"" S
        "\"><s:Body/></s:Envelope>",
    };
    struct world *w = *state;
    size_t i;

    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(ask(w, texts[i]), 500);
        assert_true(has(w, "s:Fault"));
    }
}

static void only_identify_needs_no_logon(void **state)
{
    struct world *w = *state;
    struct identity *alice = w->caller.identity;

    w->caller.identity = NULL;
    assert_int_equal(ask_parts(w, CREATE USUAL, SHELL("")), 500);
    assert_true(has(w, "Code=\"5\""));
    assert_int_equal(ask_parts(w, "", "<i:Identify xmlns:i=\"http://schemas."
                               "dmtf.org/wbem/wsman/identity/1/wsmanidentity"
                               ".xsd\"/>"), 200);
    assert_true(has(w, "OS: 0.0.0"));
    w->caller.identity = alice;
}

static void another_user_is_denied(void **state)
{
    struct world *w = *state;
    struct identity *alice = w->caller.identity, *bob;
    char headers[4096], *id;
    struct err err;

    assert_int_equal(ask_parts(w, CREATE USUAL, SHELL("")), 200);
    id = strstr((char *)w->answer.data, "<rsp:ShellId>") + 13;
    snprintf(headers, sizeof headers, ACTION(NS_TRANSFER "/Delete") USUAL
             "<w:SelectorSet><w:Selector Name=\"ShellId\">%.36s</w:Selector>"
             "</w:SelectorSet>", id);
    assert_ok(identity_new("CORP", "bob", NULL, &bob, &err), &err);
    w->caller.identity = bob;
    assert_int_equal(ask_parts(w, headers, ""), 500);
    assert_true(has(w, "Code=\"5\""));
    w->caller.identity = alice;
    assert_int_equal(ask_parts(w, headers, ""), 200);
    identity_unref(&bob);
}

int main(void)
{
#define STORY(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STORY(wrong_requests_get_their_fault),
        STORY(wrong_xml_is_refused),
        STORY(only_identify_needs_no_logon),
        STORY(another_user_is_denied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
