/* catalog.c - the items, in the form in which Windows gives them. */
#include "catalog.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "soap_out.h"

/* More than one envelope of 500 KB holds: a client has to pull. */
#define SERVICES 700

#define XSI "http://www.w3.org/2001/XMLSchema-instance"
#define CIM "http://schemas.dmtf.org/wbem/wscim/1/common"
#define WMI_BEGIN(class, uri)                                                 \
    "<p:" class " xmlns:xsi=\"" XSI "\" xmlns:p=\"" uri "\" xmlns:cim=\""     \
    CIM "\" xsi:type=\"p:" class "_Type\">"
#define E(prefix, name, value)                                                \
    "<" prefix ":" name ">" value "</" prefix ":" name ">"
#define NIL(name) "<p:" name " xsi:nil=\"true\"/>"

static const char *const service_names[] = {
    "WinRM", "Spooler", "LanmanServer", "Schedule", "W32Time",
};
#define NAMED (sizeof service_names / sizeof *service_names)

static void name_service(size_t i, char dst[64])
{
    if (i < NAMED)
        snprintf(dst, 64, "%s", service_names[i]);
    else
        snprintf(dst, 64, "Service%03zu", i);
}

size_t catalog_count(enum resource resource)
{
    return resource == RESOURCE_SERVICE ? SERVICES
         : resource == RESOURCE_LISTENER ? 2 : 1;
}

/* One of its keys; "" for a name that is none. */
static void key_of(enum resource resource, size_t i, const char *name,
                   char dst[64])
{
    dst[0] = '\0';
    if (resource == RESOURCE_SERVICE && strcasecmp(name, "Name") == 0)
        name_service(i, dst);
    if (resource == RESOURCE_LISTENER && strcasecmp(name, "Address") == 0)
        snprintf(dst, 64, "*");
    if (resource == RESOURCE_LISTENER && strcasecmp(name, "Transport") == 0)
        snprintf(dst, 64, "%s", i == 0 ? "HTTP" : "HTTPS");
}

static void write_listener(const struct host *host, size_t i, struct buf *out)
{
    buf_printf(out, "<cfg:Listener xmlns:cfg=\"" URI_LISTENER "\" "
               "xml:lang=\"en-US\">" E("cfg", "Address", "*")
               E("cfg", "Transport", "%s") E("cfg", "Port", "%d"),
               i == 0 ? "HTTP" : "HTTPS", i == 0 ? 5985 : 5986);
    soap_element(out, "cfg:Hostname", i == 0 ? "" : host->fqdn);
    buf_printf(out, E("cfg", "Enabled", "true")
               E("cfg", "URLPrefix", "wsman")
               "<cfg:CertificateThumbprint/>"
               E("cfg", "ListeningOn", "127.0.0.1")
               E("cfg", "ListeningOn", "::1") "</cfg:Listener>");
}

static void write_system(const struct host *host, struct buf *out)
{
    buf_printf(out, WMI_BEGIN("Win32_OperatingSystem", URI_SYSTEM)
               E("p", "BootDevice", "\\Device\\HarddiskVolume1")
               E("p", "BuildNumber", "17763")
               E("p", "BuildType", "Multiprocessor Free")
               E("p", "Caption", "Microsoft Windows Server 2019 Standard")
               E("p", "CSName", "%s") NIL("CSDVersion")
               "<p:Description/>"
               "<p:InstallDate>"
               E("cim", "Datetime", "2026-01-05T09:30:00+01:00")
               "</p:InstallDate>"
               E("p", "MUILanguages", "en-US") E("p", "MUILanguages", "de-DE")
               E("p", "Version", "10.0.17763")
               "</p:Win32_OperatingSystem>", host->name);
}

static void write_service(const struct host *host, size_t i, struct buf *out)
{
    char name[64];

    name_service(i, name);
    buf_printf(out, WMI_BEGIN("Win32_Service", URI_SERVICE)
               E("p", "AcceptPause", "false") E("p", "AcceptStop", "true")
               E("p", "Caption", "%s") E("p", "CheckPoint", "0")
               E("p", "CreationClassName", "Win32_Service")
               E("p", "DelayedAutoStart", "false")
               E("p", "Description", "The service %s of this host.")
               E("p", "DesktopInteract", "false") E("p", "DisplayName", "%s")
               E("p", "ErrorControl", "Normal") E("p", "ExitCode", "0")
               NIL("InstallDate") E("p", "Name", "%s")
               E("p", "PathName", "C:\\Windows\\system32\\svchost.exe -k %s"),
               name, name, name, name, name);
    buf_printf(out, E("p", "ProcessId", "%zu")
               E("p", "ServiceSpecificExitCode", "0")
               E("p", "ServiceType", "Share Process")
               E("p", "Started", "true") E("p", "StartMode", "Auto")
               E("p", "StartName", "NT AUTHORITY\\NetworkService")
               E("p", "State", "Running") E("p", "Status", "OK")
               E("p", "SystemCreationClassName", "Win32_ComputerSystem")
               E("p", "SystemName", "%s") E("p", "TagId", "0")
               E("p", "WaitHint", "0") "</p:Win32_Service>", 1000 + 4 * i,
               host->name);
}

void catalog_write(const struct host *host, enum resource resource, size_t i,
                   struct buf *out)
{
    if (resource == RESOURCE_LISTENER)
        write_listener(host, i, out);
    else if (resource == RESOURCE_SYSTEM)
        write_system(host, out);
    else
        write_service(host, i, out);
}

bool catalog_matches(const struct request *request, size_t i)
{
    char value[64];
    size_t s;

    for (s = 0; s < request->selector_count; s++) {
        key_of(request->resource, i, request->selectors[s].name, value);
        if (strcasecmp(value, request->selectors[s].value) != 0)
            return false;
    }
    return true;
}

int catalog_get(const struct host *host, const struct request *request,
                struct buf *out, struct fault *fault)
{
    size_t i, s, count = catalog_count(request->resource);
    char value[64];

    for (s = 0; s < request->selector_count; s++) {
        key_of(request->resource, 0, request->selectors[s].name, value);
        if (value[0] == '\0')
            return fault_set(fault, FAULT_BAD_SHELL, NULL);
    }
    if (request->selector_count == 0 && count > 1)
        return fault_set(fault, FAULT_SELECTORS, NULL);
    for (i = 0; i < count; i++)
        if (catalog_matches(request, i))
            break;
    if (i == count)
        return fault_set(fault, FAULT_RESOURCE, NULL);
    catalog_write(host, request->resource, i, out);
    return 0;
}
