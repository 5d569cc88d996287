/*
 * seal_words.h - the words of WinRM message encryption (MS-WSMV 2.2.9.1),
 * for seal.c, which writes them, and seal_open.c, which reads them.
 */
#ifndef CREDSSP_TRANSPORT_SEAL_WORDS_H
#define CREDSSP_TRANSPORT_SEAL_WORDS_H

#define SEAL_SINGLE "multipart/encrypted"
#define SEAL_MULTIPLE "multipart/x-multi-encrypted" /* over 16384 bytes */
#define SEAL_PROTOCOL "application/HTTP-CredSSP-session-encrypted"
#define SEAL_BOUNDARY "Encrypted Boundary"
#define SEAL_OCTETS "application/octet-stream"
#define SEAL_SOAP_TYPE "application/soap+xml;charset=UTF-8"
#define SEAL_PARAMETERS                                                       \
    ";protocol=\"" SEAL_PROTOCOL "\";boundary=\"" SEAL_BOUNDARY "\""

#endif
