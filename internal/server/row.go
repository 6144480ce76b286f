package server

import (
	"html/template"
	"strconv"
	"strings"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// row is a story as a line of the river. It is comparable: equal rows look the same.
type row struct {
	ID       string
	Class    string // "row", with "unread", "starred", "wide" (told by several)
	Href     template.URL
	Title    string
	Lang     string
	Source   string
	More     string // "+3 sources"
	Others   string // their names
	When     moment
	Excerpt  string
	Image    template.URL    // empty for none
	Srcset   template.Srcset // the same in other sizes; empty for none
	Sizes    string          // how wide it is shown, for Srcset
	Badge    badge
	Original template.URL // the lead's page; empty if unknown
	Place    string       // cursor
	Read     bool
	Starred  bool
	Length   string       // "4 min read"; empty for a short one
	Revised  string       // when its text last changed, in full; empty for never
	Kin      string       // "+2 related": other stories of its event
	KinHref  template.URL // where they are listed
}

// outletNames joins the names of outlets. Each is isolated (Unicode TR 9), so
// that a right-to-left name doesn't turn its neighbours round.
func outletNames(outlets []feed.Outlet) string {
	var b strings.Builder
	for i, o := range outlets {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("\u2068" + masked(o.Title) + "\u2069")
	}
	return b.String()
}

func newRow(l *words.Language, h *feed.Headline, suffix string, now time.Time) row {
	id := strconv.FormatUint(h.ID, 10)
	title, excerpt := headed(l, h.Entry)
	r := row{
		ID: id, Class: "row",
		Href:     template.URL("/story/" + id + suffix),
		Title:    title,
		Lang:     language(h.Entry.Language),
		Source:   masked(h.Outlet.Title),
		When:     newMoment(l, h.Time, now),
		Excerpt:  excerpt,
		Image:    webURL(h.Entry.Image),
		Original: webURL(h.Entry.URL),
		Place:    h.Cursor().String(),
		Read:     h.Mark.Read,
		Starred:  h.Mark.Starred,
	}
	if h.Entry.Words >= 200 {
		r.Length = l.T("%d min read", (h.Entry.Words+110)/220)
	}
	if !h.Entry.Revised.IsZero() {
		r.Revised = newMoment(l, h.Entry.Revised, now).Full
	}
	if !r.Read {
		r.Class += " unread"
	}
	if r.Starred {
		r.Class += " starred"
	}
	if n := len(h.Others); n > 0 {
		r.More = l.N("+%d source", "+%d sources", n)
		r.Others = outletNames(h.Others)
	}
	if n := len(h.Others); n > 1 {
		r.Class += " wide"
	}
	return r
}

// titleOf is the entry's title, or its beginning if it has none: notes and
// pictures of small blogs have none.
func titleOf(l *words.Language, e feed.Entry) string {
	title, _ := headed(l, e)
	return title
}

// headed gives title and excerpt of an entry. The text of one without a title is
// shared between the two, so that it isn't told twice.
func headed(l *words.Language, e feed.Entry) (title, excerpt string) {
	if t := strings.TrimSpace(e.Title); t != "" {
		return t, e.Excerpt
	}
	text := strings.TrimSpace(e.Excerpt)
	if text == "" {
		return l.T("Untitled"), ""
	}
	const most = 80
	begin := cutRunes(text, most)
	if len(begin) == len(text) {
		return text, ""
	}
	if end := lastStop(begin); end > len(begin)/3 {
		return begin[:end], strings.TrimSpace(text[end:])
	}
	return strings.TrimSpace(begin) + "…", "…" + strings.TrimSpace(text[len(begin):])
}

// lastStop is where the last sentence that s holds whole ends, 0 if there is none.
func lastStop(s string) int {
	end := 0
	for _, stop := range []string{". ", "! ", "? ", ".” ", "”. ", "。", "！", "？"} {
		if i := strings.LastIndex(s, stop); i >= 0 {
			end = max(end, i+len(strings.TrimSuffix(stop, " ")))
		}
	}
	return end
}

// cutRunes is the beginning of s, n characters long, at the end of a word where
// there is one in reach.
func cutRunes(s string, n int) string {
	end := -1
	for i := range s {
		if n == 0 {
			end = i
			break
		}
		n--
	}
	if end < 0 {
		return s
	}
	if space := strings.LastIndexByte(s[:end], ' '); space > end*2/3 {
		return s[:space]
	}
	return s[:end]
}

// webURL lets http and https addresses into a page, without credentials, and
// nothing else.
func webURL(address string) template.URL {
	if strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://") {
		return template.URL(withoutUser(address))
	}
	return ""
}

// language gives a language tag that may stand in a lang attribute, else nothing.
func language(tag string) string {
	if len(tag) < 2 || len(tag) > 35 {
		return ""
	}
	for _, c := range tag {
		if c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return ""
		}
	}
	return tag
}

// number writes a number for a form or an address, nothing for 0.
func number(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}
