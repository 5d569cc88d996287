/* clixml_text.h - CLIXML written in a test becomes values. */
#ifndef CREDSSP_TESTS_CLIXML_TEXT_H
#define CREDSSP_TESTS_CLIXML_TEXT_H

#include "psrp/clixml_reader.h"
#include "unit.h"

/* Lives until the reader reads again, or is freed. */
static inline struct clixml *clixml_of(struct clixml_reader *reader,
                                       const char *text)
{
    struct clixml *value = NULL;
    struct err err = ERR_INIT;

    assert_ok(clixml_reader_begin(reader, NULL, NULL, &err), &err);
    assert_ok(clixml_reader_feed(reader, (const unsigned char *)text,
                                 strlen(text), &err), &err);
    assert_ok(clixml_reader_end(reader, &value, &err), &err);
    return value;
}

#endif
