/* pwsh_line.c - packets as lines. */
#include "pwsh_line.h"

#include <errno.h>
#include <libxml/parser.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "soap_body.h"

static int parse(const char *text, size_t len, struct pwsh_line *line)
{
    static const unsigned char zero[PSRP_GUID];
    xmlDocPtr doc = xmlReadMemory(text, (int)len, NULL, NULL,
                                  XML_PARSE_NONET | XML_PARSE_HUGE |
                                  XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlNodePtr root = xmlDocGetRootElement(doc);
    xmlChar *content = root != NULL ? xmlNodeGetContent(root) : NULL;
    char id[UUID_BYTES];
    size_t n = 0;
    int rc = -1;

    if (content != NULL &&
        soap_attribute(root, "PSGuid", id, sizeof id) == 0 &&
        psrp_guid(id, line->id) == 0 && body_decode(content, &n) == 0) {
        snprintf(line->name, sizeof line->name, "%s",
                 (const char *)root->name);
        line->stream[0] = '\0';
        soap_attribute(root, "Stream", line->stream, sizeof line->stream);
        line->of_pipeline = memcmp(line->id, zero, sizeof zero) != 0;
        buf_clear_without_wipe(&line->bytes);
        buf_put(&line->bytes, content, n);
        rc = 1;
    }
    xmlFree(content);
    xmlFreeDoc(doc);
    return rc;
}

int pwsh_line_read(FILE *from, struct pwsh_line *line)
{
    char *text = NULL;
    size_t room = 0;
    ssize_t n = getline(&text, &room, from);
    int rc = 0;

    if (n > 0)
        rc = n > PWSH_LINE_MAX ? -1 : parse(text, (size_t)n, line);
    free(text);
    return rc;
}

void pwsh_line_put(struct buf *out, const char *name,
                   const unsigned char *id, const char *stream,
                   const void *p, size_t n)
{
    static const unsigned char zero[PSRP_GUID];
    char guid[UUID_BYTES];
    unsigned char *text;

    psrp_guid_text(id != NULL ? id : zero, guid);
    if (stream == NULL) {
        buf_printf(out, "<%s PSGuid='%s' />\n", name, guid);
        return;
    }
    buf_printf(out, "<%s Stream='%s' PSGuid='%s'>", name, stream, guid);
    text = buf_reserve(out, (n + 2) / 3 * 4 + 1);
    if (text != NULL) {
        EVP_EncodeBlock(text, p, (int)n);
        out->len--;
    }
    buf_printf(out, "</%s>\n", name);
}

int pwsh_line_write(int fd, const struct buf *line)
{
    size_t at = 0;
    ssize_t n;

    if (line->failed != ERR_NONE)
        return -1;
    while (at < line->len) {
        n = write(fd, line->data + at, line->len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        at += (size_t)n;
    }
    return 0;
}
