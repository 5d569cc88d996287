/* config_op.c - Get, of winrm/config above all, and Identify. */
#include "catalog.h"
#include "engine.h"

/*
 * "winrm get winrm/config" as a real host printed it; names, limits and the
 * authentication switches are this host's own.
 */
static void write_config(const struct host *host, struct buf *out)
{
#define E(name, value) "<cfg:" name ">" value "</cfg:" name ">"
    buf_printf(out, "<cfg:Config xmlns:cfg=\"" URI_CONFIG "\">"
               E("MaxEnvelopeSizekb", "%zu") E("MaxTimeoutms", "%u")
               E("MaxBatchItems", "32000")
               E("MaxProviderRequests", "4294967295")
               "<cfg:Client>" E("NetworkDelayms", "5000")
               E("URLPrefix", "wsman") E("AllowUnencrypted", "false")
               "<cfg:Auth>" E("Basic", "true") E("Digest", "true")
               E("Kerberos", "true") E("Negotiate", "true")
               E("Certificate", "true") E("CredSSP", "false") "</cfg:Auth>"
               "<cfg:DefaultPorts>" E("HTTP", "5985") E("HTTPS", "5986")
               "</cfg:DefaultPorts>" E("TrustedHosts", "") "</cfg:Client>",
               host->max_envelope / 1024, host->max_timeout_ms);
    buf_printf(out, "<cfg:Service>"
               E("RootSDDL", "O:NSG:BAD:P(A;;GA;;;BA)(A;;GR;;;IU)"
                 "S:P(AU;FA;GA;;;WD)(AU;SA;GXGW;;;WD)")
               E("MaxConcurrentOperations", "4294967295")
               E("MaxConcurrentOperationsPerUser", "1500")
               E("EnumerationTimeoutms", "240000") E("MaxConnections", "300")
               E("MaxPacketRetrievalTimeSeconds", "120")
               E("AllowUnencrypted", "false")
               "<cfg:Auth>" E("Basic", "false") E("Kerberos", "%s")
               E("Negotiate", "%s") E("Certificate", "false")
               E("CredSSP", "%s") E("CbtHardeningLevel", "Relaxed")
               "</cfg:Auth><cfg:DefaultPorts>" E("HTTP", "5985")
               E("HTTPS", "5986") "</cfg:DefaultPorts>"
               E("IPv4Filter", "*") E("IPv6Filter", "*")
               E("EnableCompatibilityHttpListener", "false")
               E("EnableCompatibilityHttpsListener", "false")
               E("CertificateThumbprint", "") E("AllowRemoteAccess", "true")
               "</cfg:Service>", host->offer_negotiate ? "true" : "false",
               host->offer_negotiate ? "true" : "false",
               host->offer_credssp ? "true" : "false");
    buf_printf(out, "<cfg:Winrs>" E("AllowRemoteShellAccess", "true")
               E("IdleTimeout", "7200000")
               E("MaxConcurrentUsers", "2147483647")
               E("MaxShellRunTime", "2147483647")
               E("MaxProcessesPerShell", "%u")
               E("MaxMemoryPerShellMB", "2147483647")
               E("MaxShellsPerUser", "%u") "</cfg:Winrs></cfg:Config>",
               host->max_commands, host->max_shells);
#undef E
}

int op_get(const struct host *host, const struct caller *caller,
           const struct request *request, struct buf *out,
           struct fault *fault)
{
    (void)caller;
    if (request->content != NULL)
        return fault_set(fault, FAULT_SOAP_BODY, NULL);
    soap_begin(out, SOAP_GET, NS_TRANSFER "/GetResponse",
               request->message_id);
    if (request->resource == RESOURCE_CONFIG)
        write_config(host, out);
    else if (catalog_get(host, request, out, fault) != 0)
        return -1;
    soap_end(out);
    return 0;
}

/* MS-WSMV 3.1.4.1.31; without a logon the version is not told. */
int op_identify(const struct host *host, const struct caller *caller,
                const struct request *request, struct buf *out,
                struct fault *fault)
{
    (void)host;
    (void)request;
    (void)fault;
    buf_printf(out, "<s:Envelope xml:lang=\"en-US\" "
               "xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\">"
               "<s:Header></s:Header><s:Body><wsmid:IdentifyResponse "
               "xmlns:wsmid=\"http://schemas.dmtf.org/wbem/wsman/identity/1/"
               "wsmanidentity.xsd\"><wsmid:ProtocolVersion>"
               "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
               "</wsmid:ProtocolVersion><wsmid:ProductVendor>Microsoft "
               "Corporation</wsmid:ProductVendor><wsmid:ProductVersion>OS: "
               "%s SP: %s Stack: 3.0</wsmid:ProductVersion>"
               "</wsmid:IdentifyResponse>",
               caller->identity != NULL ? "10.0.17763" : "0.0.0",
               caller->identity != NULL ? "0.0" : "0.0");
    soap_end(out);
    return 0;
}
