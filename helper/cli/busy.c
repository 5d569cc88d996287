/* busy.c - fault 170. */
#include "cli/busy.h"

#define FAULT_BUSY 170                                  /* ERROR_BUSY */
#define HRESULT_WIN32(code) (0x80070000u | (code))      /* MS-ERREF 2.1.2 */

bool busy_is(const struct err *err)
{
    return err->domain == CODE_FAULT
           && (err->code == FAULT_BUSY
               || err->code == HRESULT_WIN32(FAULT_BUSY));
}
