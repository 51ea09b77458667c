/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether two names mean two persons.
 */
#include "policy/persons.h"

#include "ktap.h"

static const struct {
	const char *a;
	const char *b;
	bool same;
	const char *what;
} cases[] = {
	{ "山田", "佐藤", false, "two persons" },
	{ "山田", "山田", true, "one person" },
	{ " 山田 太郎", "山田　太郎 ", true, "spaces of any width" },
	{ "Yamada", "yamada", true, "case" },
	{ "ｙａｍａｄａ１", "Yamada1", true, "full-width letters and digits" },
	{ "ﾔﾏﾀﾞ", "ヤマダ", true, "half-width katakana with a voiced mark" },
	{ "ﾊﾟﾋﾞ", "パビ", true, "half-voiced and voiced" },
	{ "ｳﾞ", "ヴ", true, "the voiced u" },
	{ "ヤマタ", "ヤマダ", false, "a mark makes another name" },
	{ "山田\u200b", "山田", true, "zero-width space" },
	{ "", "", true, "nobody is nobody else" },
	{ " ", "佐藤", true, "a name of spaces is no person" },
	{ "山田", "", true, "nor is none" },
	{ "山田", "山田太", false, "a longer name" },
	{ "\xff\xfe", "\xff\xfe", true, "bytes that are no text, alike" },
	{ "\xff", "\xfe", false, "and not alike" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int main(void)
{
	plan(COUNT(cases) * 2);
	for (size_t i = 0; i < COUNT(cases); i++) {
		ok(sekisho_persons_same(cases[i].a, cases[i].b) == cases[i].same, "%s",
		   cases[i].what);
		ok(sekisho_persons_same(cases[i].b, cases[i].a) == cases[i].same,
		   "%s, the other way round", cases[i].what);
	}
	return finish();
}
