package demo

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed stories/*.txt
var stories embed.FS

// catalogue is the order of the outlets in the list of feeds.
const catalogue = "stories/outlets.txt"

var markup = regexp.MustCompile(`<[^>]*>`)

// readAll reads outlets.txt (a record for each outlet, named by its slug), the
// file of each outlet and stock.txt.
//
// Such a file is a list of records. A record begins with a line "== name",
// followed by lines "field: value", an empty line and the body: paragraphs
// with empty lines between them, in which inline HTML may stand; blocks that
// begin with "<" are HTML already.
func readAll() ([]*outlet, []*item, error) {
	heads, err := readRecords(catalogue)
	if err != nil {
		return nil, nil, err
	}
	var outlets []*outlet
	for _, r := range heads {
		o := r.outlet()
		if o.items, err = readItems("stories/"+o.Slug+".txt", func(record) *outlet { return o }); err != nil {
			return nil, nil, err
		}
		outlets = append(outlets, o)
	}
	stock, err := readItems("stories/stock.txt", func(r record) *outlet {
		i := slices.IndexFunc(outlets, func(o *outlet) bool { return o.Slug == r.fields["outlet"] })
		if i < 0 {
			return nil
		}
		return outlets[i]
	})
	return outlets, stock, err
}

// record is a named group of fields with a text.
type record struct {
	name   string
	fields map[string]string
	text   string
}

func readRecords(name string) ([]record, error) {
	b, err := stories.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var all []record
	for _, part := range strings.Split("\n"+string(b), "\n== ")[1:] {
		r, err := readRecord(part)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, r)
	}
	return all, nil
}

func readRecord(s string) (record, error) {
	head, text, _ := strings.Cut(s, "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	r := record{name: strings.TrimSpace(lines[0]), fields: map[string]string{}, text: strings.TrimSpace(text)}
	for _, l := range lines[1:] {
		k, v, ok := strings.Cut(l, ":")
		if !ok {
			return r, fmt.Errorf("%s: %q is no field", r.name, l)
		}
		r.fields[k] = strings.TrimSpace(v)
	}
	return r, nil
}

func (r record) outlet() *outlet {
	f := r.fields
	return &outlet{
		Slug: r.name, Name: f["name"], About: f["about"], Language: f["language"], Folder: f["folder"],
		Format: f["format"], Charset: cmp.Or(f["charset"], "utf-8"), Fault: f["fault"],
		Teasers: f["teasers"] == "yes", Twice: f["twice"] == "yes", Relative: f["relative"] == "yes",
	}
}

// readItems reads the items of a file; the outlet of each is what of says. A
// missing file is empty.
func readItems(name string, of func(record) *outlet) ([]*item, error) {
	records, err := readRecords(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []*item
	for _, r := range records {
		o := of(r)
		if o == nil {
			return nil, fmt.Errorf("%s: %s: no outlet %q", name, r.name, r.fields["outlet"])
		}
		it, err := r.item(o)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", name, r.name, err)
		}
		all = append(all, it)
	}
	return all, nil
}

func (r record) item(o *outlet) (*item, error) {
	f := r.fields
	it := &item{
		outlet: o, ID: r.name, Title: f["title"], Author: f["author"], Tags: list(f["tags"]),
		Summary: f["summary"], Body: body(r.text), Audio: f["audio"] == "yes", Picture: f["picture"] == "yes",
		Link: f["link"], From: f["from"], same: f["same"], revises: f["revises"],
	}
	if it.Summary == "" {
		first, _, _ := strings.Cut(it.Body, "</p>")
		it.Summary = plain(first)
	}
	var err error
	if v := f["cut"]; v != "" {
		if it.Cut, err = strconv.Atoi(v); err != nil {
			return nil, err
		}
	}
	if v := f["at"]; v != "" {
		it.ago, err = time.ParseDuration(v)
	}
	return it, err
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	all := strings.Split(s, ",")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

// body is a text as HTML: paragraphs, and blocks that are HTML already.
func body(text string) string {
	if text == "" {
		return ""
	}
	blocks := strings.Split(text, "\n\n")
	for i, b := range blocks {
		b = strings.ReplaceAll(b, " & ", " &amp; ")
		if !strings.HasPrefix(b, "<") {
			b = "<p>" + strings.ReplaceAll(b, "\n", " ") + "</p>"
		}
		blocks[i] = b
	}
	return strings.Join(blocks, "\n")
}

// plain is the text of an HTML fragment.
func plain(fragment string) string {
	fragment = strings.NewReplacer("</p>", " ", "</li>", " ", "</h2>", " ", "</td>", " ", "</th>", " ").Replace(fragment)
	return strings.Join(strings.Fields(html.UnescapeString(markup.ReplaceAllString(fragment, ""))), " ")
}
