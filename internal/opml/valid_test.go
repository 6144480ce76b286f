package opml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tidings/internal/feed"
)

// TestWrittenListsAreValid reads what Write writes with a strict XML parser, and holds
// it against the rules of OPML 2.0: our own reader would forgive too much.
func TestWrittenListsAreValid(t *testing.T) {
	odd := "a \x00\x0b\ufffe]]>&<\"' \r\n é猫 \xff"
	text := write(t, &List{Title: odd, Rules: []Rule{{"", feed.Rule{Fold: feed.FoldExact}}, {"F" + odd, feed.Rule{Events: "off"}}}, Feeds: []Outline{
		{URL: "https://a.example/?a=1&b=<2>", Title: odd, Named: true, Description: odd, Language: odd, Folder: "F" + odd + "/" + odd, Tags: []string{odd}},
		{URL: "https://b.example/", SiteURL: "https://b.example/&", Paused: true, Rule: feed.Rule{Fold: feed.FoldOff}},
	}})
	if problems := invalid(text); len(problems) > 0 {
		t.Errorf("%s\n%s", strings.Join(problems, "\n"), text)
	}
}

// The check itself finds what it is there for.
func TestInvalidListsAreTold(t *testing.T) {
	good := write(t, &List{Title: "T", Feeds: []Outline{{URL: "https://a.example/", Title: "A", Named: true, Folder: "F"}}})
	if p := invalid(good); len(p) > 0 {
		t.Fatal(p)
	}
	for was, is := range map[string]string{
		`version="2.0"`: `version="3"`, `type="rss"`: ``, `xmlUrl="https://a.example/"`: `xmlUrl="/feed"`, `text="A"`: ``,
		`text="F"`: `text="F" odd="x"`, "</head>": "</head><head/>", "GMT": "yesterday", "</body>": "<outline text='x' isComment='perhaps'/></body>", "</opml>": "",
	} {
		if p := invalid(strings.Replace(good, was, is, 1)); len(p) == 0 {
			t.Errorf("%s in the place of %s is not told", is, was)
		}
	}
}

// invalid says what is wrong with a list by the rules of OPML 2.0 (opml.org/spec2.opml):
// one head and one body in that order; elements and attributes that the
// specification knows, and others in a namespace only; each outline has a text, of
// type rss an absolute xmlUrl; dates by RFC 822; a body has an outline.
func invalid(text string) (problems []string) {
	wrong := func(format string, a ...any) { problems = append(problems, fmt.Sprintf(format, a...)) }
	d := xml.NewDecoder(bytes.NewReader([]byte(text)))
	var path, seen []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			wrong("%v", err)
			return problems
		}
		switch x := token.(type) {
		case xml.StartElement:
			path = append(path, x.Name.Local)
			seen = append(seen, strings.Join(path, "/"))
			checkElement(x, path, wrong)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if at := strings.Join(path, "/"); at == "opml/head/dateCreated" {
				if _, err := mail.ParseDate(string(x)); err != nil {
					wrong("date %q: %v", x, err)
				}
			} else if at != "opml/head/title" && len(bytes.TrimSpace(x)) > 0 {
				wrong("text %q in %s", x, at)
			}
		}
	}
	var parts []string
	for _, s := range seen {
		if strings.Count(s, "/") == 1 {
			parts = append(parts, s)
		}
	}
	if !slices.Equal(parts, []string{"opml/head", "opml/body"}) || !slices.Contains(seen, "opml/body/outline") {
		wrong("it is made of %q", parts)
	}
	return problems
}

// checkElement checks one element and its attributes.
func checkElement(x xml.StartElement, path []string, wrong func(string, ...any)) {
	a := map[string]string{}
	for _, at := range x.Attr {
		if at.Name.Space == "" {
			a[at.Name.Local] = at.Value
		} else if at.Name.Space != "xmlns" && !strings.HasPrefix(at.Name.Space, "https://") {
			wrong("attribute %s of no namespace that is declared", at.Name.Local)
		}
	}
	known := map[string][]string{
		"opml": {"version"}, "head": {}, "title": {}, "dateCreated": {}, "body": {},
		"outline": {"text", "type", "isComment", "isBreakpoint", "created", "category", "xmlUrl", "htmlUrl", "title", "description", "language", "version", "url"},
	}
	names, ok := known[x.Name.Local]
	if !ok || x.Name.Space != "" {
		wrong("element %s in %v", x.Name.Local, path)
	}
	for name := range a {
		if !slices.Contains(names, name) {
			wrong("attribute %s of %s", name, x.Name.Local)
		}
	}
	switch x.Name.Local {
	case "opml":
		if a["version"] != "2.0" || len(path) != 1 {
			wrong("version %q", a["version"])
		}
	case "outline":
		checkOutline(a, wrong)
	}
}

func checkOutline(a map[string]string, wrong func(string, ...any)) {
	if _, ok := a["text"]; !ok {
		wrong("an outline without text: %v", a)
	}
	if c, ok := a["isComment"]; ok && c != "true" && c != "false" {
		wrong("isComment is %q", c)
	}
	if (a["xmlUrl"] != "") != (a["type"] == "rss") {
		wrong("type %q for %q", a["type"], a["xmlUrl"])
	}
	for _, name := range []string{"xmlUrl", "htmlUrl"} {
		if u, err := url.Parse(a[name]); err != nil || a[name] != "" && (u.Host == "" || !strings.HasPrefix(u.Scheme, "http")) {
			wrong("%s is %q", name, a[name])
		}
	}
}
