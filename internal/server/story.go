package server

import (
	"html/template"
	"net/http"
	"strings"
	"time"

	"tidings/internal/feed"
)

// storyPage is one story with all its sources.
type storyPage struct {
	Frame
	Story      row
	Byline     string
	Published  moment
	Revised    moment
	Length     string // "4 min"
	Text       template.HTML
	Enclosures []enclosure
	Categories []string
	Comments   template.URL
	Copies     []copyRow
	Sources    string // heading of Copies
	Why        string // one sentence: what the copies have in common
	River      string // where one came from, at this story
	Prev, Next *neighbour
}

// neighbour is the story before or after in the river.
type neighbour struct{ Href, Title string }

// enclosure is an attached file, playable or not.
type enclosure struct {
	URL  template.URL
	Kind string // "audio", "video" or "file"
	Type string
	Name string
	Size string
}

// copyRow is one source's copy of the story.
type copyRow struct {
	Source  string
	FeedID  string
	Title   string // empty where it is the story's
	URL     template.URL
	When    moment
	Lang    string
	Reason  string // the evidence why it is here
	Level   string // how it came to be here, where there is no evidence
	Lead    bool
	Text    template.HTML // of copies other than the lead
	Authors string
}

func (s *Server) story(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	f, err := parseFilter(r.URL.Query())
	if err != nil {
		return err
	}
	full, err := s.Store.Story(r.Context(), id)
	if err != nil {
		return err
	}
	page := newStoryPage(full, f, time.Now())
	if page.Frame, err = s.frame(r, page.Story.Title+" · tidings", "story"); err != nil {
		return err
	}
	if page.Prev, page.Next, err = s.neighbours(r, f, full.Cursor()); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "story", page)
}

func newStoryPage(full feed.Full, f filter, now time.Time) *storyPage {
	p := &storyPage{Story: newRow(&full.Headline, f.encode(), now)}
	e := full.Entry
	var body feed.Body
	for _, m := range full.Members {
		if m.Entry.ID == full.Lead {
			body = m.Body
		}
	}
	p.Byline = names(e.Authors)
	p.Published = newMoment(e.Time(), now)
	if !e.Revised.IsZero() {
		p.Revised = newMoment(e.Revised, now)
	}
	if e.Words >= 200 {
		p.Length = count((e.Words+110)/220, "minute", "minutes")
	}
	p.Text = template.HTML(body.Text())
	p.Comments = webURL(body.Comments)
	p.Categories = e.Categories
	p.Enclosures = newEnclosures(e.Enclosures)
	p.River = "/" + f.encode() + "#s" + p.Story.ID
	p.Copies = newCopies(full, now)
	p.Sources = "Source"
	if len(p.Copies) > 1 {
		p.Sources = "Told by " + count(1+len(full.Others), "source", "sources")
		p.Why = "The copies carry the same article, so it stands in the river once."
	}
	return p
}

// newCopies lists every copy, the lead first, with the evidence in words.
func newCopies(full feed.Full, now time.Time) []copyRow {
	outlets := map[uint64]string{}
	for _, m := range full.Members {
		outlets[m.Entry.ID] = masked(m.Outlet.Title)
	}
	var rows []copyRow
	for _, m := range full.Members {
		c := copyRow{
			Source: masked(m.Outlet.Title), FeedID: number(m.Outlet.Feed), URL: webURL(m.Entry.URL),
			When: newMoment(m.Entry.Time(), now), Lang: language(m.Entry.Language),
			Lead: m.Entry.ID == full.Lead, Authors: names(m.Entry.Authors),
		}
		if m.Entry.Title != full.Entry.Title {
			c.Title = titleOf(m.Entry)
		}
		if !c.Lead {
			c.Text = template.HTML(m.Body.Text())
		}
		c.Reason = reason(m, outlets[m.Verdict.Of], full)
		if c.Reason == "" {
			c.Level = levelText(m.Verdict.Level)
		}
		rows = append(rows, c)
	}
	return rows
}

// levelText says how sure the verdict is.
func levelText(l feed.Level) string {
	switch l {
	case feed.LevelNew:
		return "First to arrive"
	case feed.LevelSameURL:
		return "Same address"
	case feed.LevelSameText:
		return "Same text"
	}
	return "The same story" // by a rule that this page doesn’t know
}

// reason is the evidence, and of which copy it speaks if not of the first.
func reason(m feed.Member, of string, full feed.Full) string {
	text := strings.TrimSuffix(m.Verdict.Evidence, ".")
	if m.Verdict.Level == feed.LevelNew || text == "" {
		return ""
	}
	if of != "" && of != masked(full.Members[0].Outlet.Title) {
		text += ", compared with " + of
	}
	return text + "."
}

// names joins authors for a byline. Some feeds put an address where the name
// belongs; that is not shown.
func names(people []feed.Person) string {
	var list []string
	for _, p := range people {
		if n := strings.TrimSpace(p.Name); n != "" && !strings.Contains(n, "@") {
			list = append(list, n)
		}
	}
	const most = 6
	if len(list) > most {
		list = append(list[:most], "others")
	}
	if n := len(list); n > 1 {
		return strings.Join(list[:n-1], ", ") + " and " + list[n-1]
	}
	return strings.Join(list, "")
}

func newEnclosures(list []feed.Enclosure) []enclosure {
	var out []enclosure
	for _, e := range list {
		u := webURL(e.URL)
		if u == "" || strings.HasPrefix(e.Type, "image/") {
			continue
		}
		x := enclosure{URL: u, Kind: "file", Type: e.Type, Size: bytesText(e.Length), Name: fileName(e.URL)}
		if kind, _, _ := strings.Cut(e.Type, "/"); kind == "audio" || kind == "video" {
			x.Kind = kind
		}
		out = append(out, x)
	}
	return out
}

// fileName is the last part of an address's path, or its host.
func fileName(address string) string {
	rest, _, _ := strings.Cut(address, "?")
	rest = strings.TrimRight(rest, "/")
	return rest[strings.LastIndexByte(rest, '/')+1:]
}

// neighbours finds the stories before and after a place. Back goes to what is
// there, read or not, for in the unread river what one has just read is gone.
func (s *Server) neighbours(r *http.Request, f filter, at feed.Cursor) (prev, next *neighbour, err error) {
	newer, older := f.query(), f.query()
	newer.Unread = false
	newer.After, newer.Limit = at, 1
	older.Before, older.Limit = at, 1
	if prev, err = s.neighbour(r, f, newer); err != nil {
		return nil, nil, err
	}
	next, err = s.neighbour(r, f, older)
	return prev, next, err
}

func (s *Server) neighbour(r *http.Request, f filter, q feed.Query) (*neighbour, error) {
	page, err := s.Store.Stories(r.Context(), q)
	if err != nil || len(page.Stories) == 0 {
		return nil, err
	}
	h := page.Stories[0]
	return &neighbour{Href: "/story/" + number(h.ID) + f.encode(), Title: titleOf(h.Entry)}, nil
}
