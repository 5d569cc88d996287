/* host_call.c - host calls, decoded by the table of methods. */
#include "psrp/host_call.h"

#include <string.h>

/* What a server sends with calls that nobody answers. */
#define NO_ANSWER (-100)

static const struct method {
    enum host_method number;
    const char *name;
    enum host_returns returns;
    const char *parameters;
} methods[] = {
#define X(id, number, name, returns, parameters)                              \
    { HOST_##id, name, HOST_RETURNS_##returns, parameters },
    HOST_METHODS(X)
#undef X
};

static const struct method *find_method(int64_t number)
{
    size_t i;

    for (i = 0; i < sizeof methods / sizeof *methods; i++)
        if ((int64_t)methods[i].number == number)
            return &methods[i];
    return NULL;
}

static bool is_number(const struct clixml *value)
{
    int64_t number;

    return clixml_int(value, &number) && number >= INT32_MIN &&
           number <= INT32_MAX;
}

static bool is_list(const struct clixml *value)
{
    return value->kind == CLIXML_OBJECT &&
           value->container == CLIXML_LIST;
}

static bool has_numbers(const struct clixml *value, const char *a,
                        const char *b)
{
    return is_number(clixml_get(value, a)) && is_number(clixml_get(value, b));
}

static bool are_numbers(const struct clixml *list)
{
    const struct clixml *item;

    if (!is_list(list))
        return false;
    for (item = list->items; item != NULL; item = item->next)
        if (!is_number(item))
            return false;
    return true;
}

/* A letter of HOST_METHODS.  Captions and messages may be null. */
static bool is_of(char letter, const struct clixml *value)
{
    switch (letter) {
    case 's':
        return value->kind == CLIXML_STRING || value->kind == CLIXML_NIL ||
               (value->kind == CLIXML_OBJECT && value->value != NULL &&
                value->value->kind == CLIXML_STRING);
    case 'i':
        return is_number(value) || value->kind == CLIXML_INT64;
    case 'p':
        return has_numbers(value, "x", "y");
    case 'z':
        return has_numbers(value, "width", "height");
    case 'r':
        return has_numbers(value, "left", "top") &&
               has_numbers(value, "right", "bottom");
    case 'f':
    case 'h':
        return is_list(value);
    case 'n':
        return value->kind == CLIXML_NIL || are_numbers(value);
    }
    return true; /* c, a, g, o: nobody here looks into them */
}

static int malformed(struct err *err, const char *what)
{
    return err_set(err, ERR_MALFORMED, STAGE_OUTPUT,
                   "the host's PowerShell sent a host call %s", what);
}

static int take_parameters(const struct clixml *list,
                           const struct method *method,
                           struct host_call *call, struct err *err)
{
    const struct clixml *item = list->items;
    const char *letter;

    for (letter = method->parameters; *letter != '\0' && item != NULL;
         letter++, item = item->next) {
        const struct clixml *value = clixml_resolve(item);

        if (!is_of(*letter, value))
            break;
        call->parameters[call->count++] = value;
    }
    if (*letter == '\0' && item == NULL)
        return 0;
    return err_set(err, ERR_MALFORMED, STAGE_OUTPUT,
                   "the host's PowerShell sent a host call of %s with other "
                   "parameters than that has", method->name);
}

int host_call_parse(const struct clixml *value, struct host_call *call,
                    struct err *err)
{
    const struct clixml *list = clixml_get(value, "mp");
    const struct method *method;
    int64_t number;

    *call = (struct host_call){ .ci = NO_ANSWER };
    if (!clixml_int(clixml_get(value, "ci"), &call->ci))
        return malformed(err, "without an id");
    if (!clixml_int(clixml_get(value, "mi"), &number))
        return malformed(err, "without a method");
    method = find_method(number);
    if (method == NULL)
        return malformed(err, "of an unknown method");
    if (list == NULL || !is_list(list))
        return malformed(err, "without a list of parameters");
    call->method = method->number;
    call->name = method->name;
    call->returns = method->returns;
    return take_parameters(list, method, call, err);
}

bool host_call_waits(const struct host_call *call)
{
    return call->ci != NO_ANSWER && call->returns != HOST_RETURNS_VOID;
}

const char *host_call_string(const struct host_call *call, size_t i)
{
    return call->parameters[i]->kind == CLIXML_NIL
               ? NULL : clixml_text(call->parameters[i]);
}

int32_t host_call_int(const struct host_call *call, size_t i)
{
    int64_t number;

    return clixml_int(call->parameters[i], &number) ? (int32_t)number : 0;
}

/* The item behind *at. */
static bool step(const struct host_call *call, size_t i,
                 const struct clixml **at)
{
    *at = *at != NULL ? (*at)->next : call->parameters[i]->items;
    return *at != NULL;
}

static const char *text_of(const struct clixml *value, const char *name)
{
    const struct clixml *member = clixml_get(value, name);
    const char *text = clixml_text(member);

    return text != NULL ? text : "";
}

bool host_call_field(const struct host_call *call, size_t i,
                     const struct clixml **at, struct host_field *field)
{
    if (!step(call, i, at))
        return false;
    *field = (struct host_field){
        .name = text_of(*at, "name"), .label = text_of(*at, "label"),
        .help = text_of(*at, "helpMessage"),
        .type = text_of(*at, "parameterTypeFullName"),
        .is_mandatory = clixml_bool(clixml_get(*at, "isMandatory"), false),
    };
    return true;
}

bool host_call_choice(const struct host_call *call, size_t i,
                      const struct clixml **at, struct host_choice *choice)
{
    if (!step(call, i, at))
        return false;
    *choice = (struct host_choice){ text_of(*at, "label"),
                                    text_of(*at, "helpMessage") };
    return true;
}

bool host_call_number(const struct host_call *call, size_t i,
                      const struct clixml **at, int32_t *number)
{
    int64_t wide = 0;

    if (!step(call, i, at) || !clixml_int(*at, &wide))
        return false;
    *number = (int32_t)wide;
    return true;
}
