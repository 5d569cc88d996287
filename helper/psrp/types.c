/* types.c - .NET type names of remoting's messages. */
#include "psrp/types.h"

#include <stddef.h>

#define ENUM(name)                                                            \
    { name, "System.Enum", "System.ValueType", "System.Object", NULL }
#define RUNSPACES "System.Management.Automation.Runspaces."
#define METHOD_ID "System.Management.Automation.Remoting.RemoteHostMethodId"

/* In parentheses what is one name of several literals: no comma is missing. */
const char *const type_thread_options[] =
    ENUM((RUNSPACES "PSThreadOptions"));
const char *const type_apartment_state[] = ENUM((RUNSPACES "ApartmentState"));
const char *const type_stream_options[] =
    ENUM((RUNSPACES "RemoteStreamOptions"));
const char *const type_result_types[] =
    ENUM((RUNSPACES "PipelineResultTypes"));
const char *const type_method[] = ENUM(METHOD_ID);

const char *const type_list[] = {
    "System.Collections.Generic.List`1[[System.Management.Automation."
    "PSObject, System.Management.Automation, Version=1.0.0.0, "
    "Culture=neutral, PublicKeyToken=31bf3856ad364e35]]",
    "System.Object", NULL
};
const char *const type_array_list[] = {
    "System.Collections.ArrayList", "System.Object", NULL
};
const char *const type_object_array[] = {
    "System.Object[]", "System.Array", "System.Object", NULL
};
const char *const type_hashtable[] = {
    "System.Collections.Hashtable", "System.Object", NULL
};
const char *const type_dictionary[] = {
    "System.Management.Automation.PSPrimitiveDictionary",
    "System.Collections.Hashtable", "System.Object", NULL
};
const char *const type_credential[] = {
    "System.Management.Automation.PSCredential", "System.Object", NULL
};
const char *const type_error_record[] = {
    "System.Management.Automation.ErrorRecord", "System.Object", NULL
};
const char *const type_host_exception[] = {
    "System.Management.Automation.Host.HostException",
    "System.Management.Automation.RuntimeException",
    "System.SystemException", "System.Exception", "System.Object", NULL
};
