/* test_ps_parse.c - which scripts are pipelines of commands, and which. */
#include "unit.h"

#include <string.h>

#include "cli/ps_parse.h"

/* Commands as "Name(-Name=kind:text,...)|..."; NULL: sent as a script. */
static const struct {
    const char *script, *commands;
} cases[] = {
    { "Get-Service", "Get-Service()" },
    { " Get-Service -Name spooler ", "Get-Service(-Name=nil,S:spooler)" },
    { "Get-Item -Force C:\\Windows", "Get-Item(-Force=nil,S:C:\\Windows)" },
    { "a -b:1 | c -d", "a(b=I:1)|c(-d=nil)" },
    { "a -b:$true $FALSE $null", "a(b=B:true,B:false,nil)" },
    { "a 5000000000 -7 1.5", "a(L:5000000000,I:-7,S:1.5)" },
    { "a 'it''s' \"two words\" ''", "a(S:it's,S:two words,S:)" },
    { "a 12345678901234567890", "a(S:12345678901234567890)" },
    { "", NULL },          { "|", NULL },          { "a |", NULL },
    { "a; b", NULL },      { "$x", NULL },         { "a $x", NULL },
    { "a \"$x\"", NULL },  { "a \"b`n\"", NULL },  { "a 'b", NULL },
    { "a (1)", NULL },     { "a { 1 }", NULL },    { "a @x", NULL },
    { "a 1,2", NULL },     { "a > b", NULL },      { "1 + 1", NULL },
    { "a b*", NULL },      { "a 'b'c", NULL },     { "a & b", NULL },
    { "if a", NULL },      { "exit 3", NULL },     { "a -b:", NULL },
    { "a # b", NULL },     { "a -b$x", NULL },     { "% x", NULL },
    { "a $truely", NULL }, { "a 'b' | foreach x", NULL },
};

static char letter(enum clixml_kind kind)
{
    return kind == CLIXML_INT32 ? 'I' : kind == CLIXML_INT64 ? 'L'
         : kind == CLIXML_BOOL ? 'B' : 'S';
}

static void describe(const struct ps_parsed *parsed, struct buf *out)
{
    size_t i, j;

    for (i = 0; i < parsed->count; i++) {
        const struct psrp_command *c = &parsed->commands[i];

        buf_printf(out, "%s%s(", i > 0 ? "|" : "", c->text);
        assert_false(c->is_script);
        for (j = 0; j < c->argument_count; j++) {
            const struct psrp_argument *a = &c->arguments[j];

            buf_printf(out, "%s%s%s", j > 0 ? "," : "",
                       a->name != NULL ? a->name : "",
                       a->name != NULL ? "=" : "");
            if (a->kind == CLIXML_NIL)
                buf_printf(out, "nil");
            else
                buf_printf(out, "%c:%s", letter(a->kind), a->text);
        }
        buf_printf(out, ")");
    }
    buf_put_u8(out, 0);
}

static void only_simple_pipelines_are_commands(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ps_parsed parsed;
        struct buf out = BUF_INIT(4096);

        print_message("%s\n", cases[i].script);
        ps_parse_init(&parsed);
        if (cases[i].commands == NULL) {
            assert_false(ps_parse(&parsed, cases[i].script));
        } else {
            assert_true(ps_parse(&parsed, cases[i].script));
            describe(&parsed, &out);
            assert_string_equal((char *)out.data, cases[i].commands);
        }
        ps_parse_free(&parsed);
        buf_free(&out);
    }
}

static void too_much_is_a_script(void **state)
{
    struct buf script = BUF_INIT(65536);
    struct ps_parsed parsed;
    unsigned i;

    (void)state;
    buf_printf(&script, "a");
    for (i = 0; i < PS_PARSE_COMMANDS_MAX; i++)
        buf_printf(&script, " | a");
    buf_put_u8(&script, 0);
    ps_parse_init(&parsed);
    assert_false(ps_parse(&parsed, (char *)script.data));
    ps_parse_free(&parsed);
    buf_free(&script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_simple_pipelines_are_commands),
        cmocka_unit_test(too_much_is_a_script),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
