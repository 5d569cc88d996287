/*
 * analyzer.h - what cppcheck and clang's analyzer are told before each file:
 * facts that they cannot see, because they read one file at a time.
 */
#ifndef CREDSSP_TESTS_ANALYZER_H
#define CREDSSP_TESTS_ANALYZER_H

#ifdef __CPPCHECK__
/* OpenSSL's ASN.1 templates. */
#define DEFINE_STACK_OF(type)
#define DECLARE_ASN1_ITEM(type)
#define ASN1_SEQUENCE(type) static const ASN1_TEMPLATE type##_templates[]
#define ASN1_SEQUENCE_END(type) ;
#define static_ASN1_SEQUENCE_END(type) ;
#define ASN1_ITEM_TEMPLATE(type) static const ASN1_TEMPLATE type##_template
#define ASN1_EX_TEMPLATE_TYPE(flags, tag, name, type) { 0 }
#define static_ASN1_ITEM_TEMPLATE_END(type) ;
#else
#include "credssp/err.h"
/* All of them return -1, always. */
#define err_set(...) ((err_set)(__VA_ARGS__), -1)
#define err_set_errno(...) ((err_set_errno)(__VA_ARGS__), -1)
#define err_code(...) ((err_code)(__VA_ARGS__), -1)
#define err_advise(...) ((err_advise)(__VA_ARGS__), -1)
#endif

#endif
