#include "users.h"

#include <pwd.h>
#include <stdio.h>

bool user_name(uint32_t uid, char *room, size_t size)
{
	struct passwd pw, *found = NULL;
	char text[4096];

	if (getpwuid_r(uid, &pw, text, sizeof(text), &found) || !found)
		return false;
	snprintf(room, size, "%s", pw.pw_name);
	return true;
}
