// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page that a report is. Knows nothing of what is reported.
 */
#include "report/page.h"

#include <string.h>

/* Nothing but the style below: no script, no picture, no font, no form. */
static const char policy[] = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
			     "form-action 'none'";

static const char style[] =
	"html{background:#fff;color:#000;font:15px/1.6 'Noto Sans JP','Noto Sans CJK JP',"
	"'BIZ UDPGothic','Yu Gothic','Hiragino Sans',Meiryo,IPAexGothic,IPAPGothic,sans-serif}\n"
	"html:lang(en){font-family:'Noto Sans','Segoe UI','Helvetica Neue',Arial,'Noto Sans CJK "
	"JP',"
	"'Yu Gothic',sans-serif}\n"
	"body{max-width:62rem;margin:0 auto;padding:1rem}\n"
	"h1{font-size:1.5rem;line-height:1.3;margin:.5rem 0}\n"
	"h2{font-size:1.2rem;border-bottom:2px solid #000;margin:2rem 0 .3rem;line-height:1.4}\n"
	"h3{font-size:1rem;margin:1.2rem 0 .3rem}\n"
	"p,ul,ol,dl{margin:.4rem 0}\n"
	"a{color:#00338d}\n"
	"a:focus-visible{outline:3px solid #000}\n"
	".label{width:fit-content;border:1px solid #000;padding:0 .5em;font-size:.85rem}\n"
	".verdict{border:2px solid #000;border-left-width:10px;padding:.4rem "
	".8rem;font-size:1.35rem;"
	"font-weight:bold;line-height:1.4}\n"
	".verdict.holds{border-left-style:solid}\n"
	".verdict.unproved{border-left-style:double;background:#f2f2f2}\n"
	".verdict.broken{border-color:#8a1c1c;background:#fff;border-width:4px 4px 4px 16px}\n"
	".figures{display:grid;grid-template-columns:repeat(4,1fr);gap:.5rem;margin:.8rem 0}\n"
	".figures div{border:1px solid #000;padding:.3rem .6rem}\n"
	".figures div.mind{border-width:3px}\n"
	".figures dt{font-size:.85rem}\n"
	".figures dd{margin:0;font-size:1.5rem;font-weight:bold;line-height:1.2;"
	"overflow-wrap:anywhere}\n"
	".figures dd.why{font-size:.8rem;font-weight:normal;line-height:1.35}\n"
	".facts{display:grid;grid-template-columns:max-content 1fr;gap:.1rem "
	".9rem;font-size:.9rem}\n"
	".facts dt{font-weight:bold}\n"
	".facts dd{margin:0;overflow-wrap:anywhere}\n"
	"table{border-collapse:collapse;width:100%;margin:.8rem "
	"0;font-size:.85rem;line-height:1.4}\n"
	"caption{text-align:left;font-weight:bold;padding:.2rem 0}\n"
	"th,td{border:1px solid #777;padding:.15rem .4rem;text-align:left;vertical-align:top;"
	"overflow-wrap:anywhere}\n"
	"thead th{background:#e8e8e8;border-color:#000;overflow-wrap:normal;word-break:keep-all}\n"
	".matrix thead th{overflow-wrap:anywhere;word-break:normal}\n"
	"tbody th{font-weight:normal}\n"
	"td:not([class]),td.code{min-width:5.5em}\n"
	".days td,.matrix td{min-width:0}\n"
	".number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\n"
	".short{white-space:nowrap}\n"
	"td.code,code{font-family:'Noto Sans Mono',Consolas,Menlo,'DejaVu Sans Mono',monospace;"
	"font-size:.92em;word-break:break-all}\n"
	"pre{border:1px solid #777;padding:.4rem;white-space:pre-wrap;overflow-wrap:anywhere;"
	"font-size:.85rem}\n"
	".matrix{table-layout:fixed}\n"
	".matrix td,.matrix th{font-size:.78rem;padding:.15rem .3rem}\n"
	".matrix td p{margin:0;display:flex;justify-content:space-between;flex-wrap:wrap;gap:0 "
	".3em}\n"
	".matrix td.never{border:3px double #000;background:#ddd}\n"
	".matrix .strong{font-weight:bold}\n"
	".kind{display:block;font-size:.9em}\n"
	"svg{display:block;width:100%;height:auto;font-family:inherit}\n"
	".days{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:0 1rem}\n"
	".days table{font-size:.78rem}\n"
	".days th,.days td{padding:0 .3rem}\n"
	".note{font-size:.88rem}\n"
	"@media screen and (max-width:45rem){.figures{grid-template-columns:repeat(2,1fr)}"
	"section{overflow-x:auto}}\n"
	"@media print{html{font-size:9.5pt}body{max-width:none;padding:0}"
	"nav{display:none}a{color:#000;text-decoration:none}"
	"main>section:first-child{break-after:page}"
	"h2,h3,caption,section>.label{break-after:avoid}thead{display:table-header-group}"
	"thead{break-after:avoid}tr,svg,dl,pre,.figures div,.days table,"
	"table:not(:has(tbody tr:nth-child(9))){break-inside:avoid}"
	".days{grid-template-columns:repeat(4,1fr)}"
	"thead th,.matrix td.never,.verdict.unproved{print-color-adjust:exact;"
	"-webkit-print-color-adjust:exact}}\n"
	"@page{size:A4;margin:16mm 14mm 18mm}\n";

/* As a string of CSS: what could end it, or the element it is in, is written by its number. */
static void put_css_text(FILE *stream, const char *text)
{
	putc('"', stream);
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte < 0x20 || strchr("\"\\<>&'", byte))
			fprintf(stream, "\\%x ", byte);
		else
			putc(byte, stream);
	}
	putc('"', stream);
}

static void put_style(struct sekisho_html *html, const struct sekisho_page *page)
{
	FILE *stream = html->stream;

	sekisho_html_begin(html, "style", NULL);
	fputs(style, stream);
	fputs("@page{@top-right{font-size:8pt;content:", stream);
	put_css_text(stream, page->label);
	fputs("}@bottom-left{font-size:8pt;content:", stream);
	put_css_text(stream, page->title);
	fputs("}@bottom-right{font-size:8pt;content:counter(page) \" / \" counter(pages)}}\n",
	      stream);
	sekisho_html_end(html);
}

void sekisho_page_begin(struct sekisho_html *html, const struct sekisho_page *page)
{
	fputs("<!DOCTYPE html>\n", html->stream);
	sekisho_html_begin(html, "html", "lang", page->language, NULL);
	sekisho_html_begin(html, "head", NULL);
	sekisho_html_empty(html, "meta", "charset", "utf-8", NULL);
	sekisho_html_empty(html, "meta", "http-equiv", "Content-Security-Policy", "content", policy,
			   NULL);
	sekisho_html_empty(html, "meta", "name", "viewport", "content",
			   "width=device-width, initial-scale=1", NULL);
	sekisho_html_empty(html, "meta", "name", "referrer", "content", "no-referrer", NULL);
	sekisho_html_element(html, "title", page->title, NULL);
	put_style(html, page);
	sekisho_html_end(html);
	sekisho_html_begin(html, "body", NULL);
}

void sekisho_page_section(struct sekisho_html *html, const struct sekisho_page *page,
			  const char *id, const char *heading)
{
	char labelled[64];

	snprintf(labelled, sizeof(labelled), "%s-heading", id);
	sekisho_html_begin(html, "section", "id", id, "aria-labelledby", labelled, NULL);
	sekisho_html_element(html, "h2", heading, "id", labelled, NULL);
	sekisho_html_element(html, "p", page->label, "class", "label", NULL);
}

void sekisho_page_end(struct sekisho_html *html)
{
	while (html->depth)
		sekisho_html_end(html);
}
