/*
 * uri.h - the URIs of WS-Management and of Windows' remote shells: XML
 * namespaces, actions, resources, signals (MS-WSMV).
 */
#ifndef CREDSSP_WSMAN_URI_H
#define CREDSSP_WSMAN_URI_H

#define NS_SOAP "http://www.w3.org/2003/05/soap-envelope"
#define NS_ADDRESSING "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define NS_TRANSFER "http://schemas.xmlsoap.org/ws/2004/09/transfer"
#define NS_ENUMERATION "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
#define NS_WSMAN "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
#define NS_WSMV "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
#define NS_WSMANFAULT "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
#define NS_SHELL "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"

#define NS_POWERSHELL "http://schemas.microsoft.com/powershell"

#define URI_ANONYMOUS NS_ADDRESSING "/role/anonymous"

#define RESOURCE_CMD NS_SHELL "/cmd"
#define RESOURCE_CONFIG "http://schemas.microsoft.com/wbem/wsman/1/config"

#define ACTION_CREATE NS_TRANSFER "/Create"
#define ACTION_DELETE NS_TRANSFER "/Delete"
#define ACTION_GET NS_TRANSFER "/Get"
#define ACTION_ENUMERATE NS_ENUMERATION "/Enumerate"
#define ACTION_PULL NS_ENUMERATION "/Pull"
#define ACTION_RELEASE NS_ENUMERATION "/Release"
#define ACTION_COMMAND NS_SHELL "/Command"
#define ACTION_SEND NS_SHELL "/Send"
#define ACTION_RECEIVE NS_SHELL "/Receive"
#define ACTION_SIGNAL NS_SHELL "/Signal"

#define DIALECT_SELECTOR                                                      \
    "http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter"

#define STATE_DONE NS_SHELL "/CommandState/Done"

/* PowerShell's plugin compares with just this (sic); any other code ends the
 * pipeline instead of stopping it, and Terminate has a capital there. */
#define SIGNAL_PS_STOP NS_POWERSHELL "/signal/crtl_c"
#define SIGNAL_PS_TERMINATE NS_SHELL "/signal/Terminate"

/* MS-WSMV 2.2.5.6, for a cmd shell. */
#define SIGNAL_CTRL_C NS_SHELL "/signal/ctrl_c"
#define SIGNAL_CTRL_BREAK NS_SHELL "/signal/ctrl_break"
#define SIGNAL_TERMINATE NS_SHELL "/signal/terminate"

#endif
