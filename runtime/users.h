/* users.h - the names of users. */
#ifndef USERS_H
#define USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The name of a user into room.  waggle asks whatever the system asks
 * (users.c); a built program, which loads no library, asks /etc/passwd alone
 * (stub.c).  False: there is no such user.
 */
bool user_name(uint32_t uid, char *room, size_t size);

#endif
