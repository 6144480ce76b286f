package server

import (
	"html/template"
	"net/http"
	"time"

	"tidings/internal/feed"
	"tidings/internal/publish"
	"tidings/internal/words"
)

// channelPage tells what the feeds of a river are and how to subscribe to them.
type channelPage struct {
	Frame
	Heading   string
	About     string // one sentence
	River     string // the same stories in the reader
	Addresses []feedAddress
	Locked    bool // the addresses are secret
	Page      string
	Content   []option
	Copies    []option
	View      string // parameter, if it was given
	N         int
	Grow      bool
	Rows      []newestRow
}

// feedAddress is one of a channel's feeds.
type feedAddress struct {
	Name string
	URL  string
	Feed template.URL // with the scheme feed:, which opens a feed reader
}

// newestRow is a story in the list of the newest.
type newestRow struct {
	Href, Title, Lang, Source, More string
	When                            moment
}

// newestShown is how many stories a channel's page lists.
const newestShown = 20

var contentOptions = []option{
	{Value: "", Text: "Full text", Note: "as far as the publisher’s feed has it"},
	{Value: string(publish.Summary), Text: "Summaries", Note: "what the publisher calls one, or the beginning"},
	{Value: string(publish.None), Text: "Headlines only"},
}

var copiesOptions = []option{
	{Value: "", Text: "In the text", Note: "a last line “Also in: …”, and as links"},
	{Value: string(publish.AsLinks), Text: "As links", Note: "for readers that show related links"},
	{Value: string(publish.NoCopies), Text: "Not at all"},
}

func (s *Server) channelPage(w http.ResponseWriter, r *http.Request, c channel) error {
	l := words.From(r.Context())
	title, err := s.named(r.Context(), c)
	if err != nil {
		return err
	}
	q := c.query()
	q.Limit = newestShown
	found, err := s.Store.Stories(r.Context(), q)
	if err != nil {
		return err
	}
	p := &channelPage{
		Heading: channelHeading(l, c, title), About: channelText(l, c, title), River: "/" + c.filter.encode(), Page: c.home(), N: c.N, Grow: c.Grow,
		View: c.Params.Get("view"), Content: choose(append([]option(nil), contentOptions...), string(c.Content)),
		Copies: choose(append([]option(nil), copiesOptions...), string(c.Copies)),
	}
	if p.Frame, err = s.frame(r, p.Heading+" · tidings", "plain"); err != nil {
		return err
	}
	p.Extra = s.assets.Path("copy.js")
	if err := s.addresses(r, c, p); err != nil {
		return err
	}
	now := time.Now()
	for i := range found.Stories {
		p.Rows = append(p.Rows, newNewestRow(l, &found.Stories[i], c.filter, now))
	}
	w.Header().Set("Cache-Control", "no-store")
	return s.render(w, r, http.StatusOK, "channel", p)
}

// addresses lists the channel's feeds, and names them for programs that look for
// feeds in the page.
func (s *Server) addresses(r *http.Request, c channel, p *channelPage) (err error) {
	if p.Locked, err = s.locked(r.Context()); err != nil {
		return err
	}
	p.Alternates = nil
	for _, f := range publish.Formats() {
		path, err := s.keyed(r.Context(), c.in(f), p.Locked)
		if err != nil {
			return err
		}
		a := s.origin(r) + path
		p.Addresses = append(p.Addresses, feedAddress{f.Name(), a, template.URL("feed:" + a)})
		p.Alternates = append(p.Alternates, alternate{f.Type(), p.Heading + " (" + f.Name() + ")", path})
	}
	return nil
}

func newNewestRow(l *words.Language, h *feed.Headline, f filter, now time.Time) newestRow {
	r := newestRow{
		Href: "/story/" + number(h.ID) + f.encode(), Title: titleOf(l, h.Entry), Lang: language(h.Entry.Language),
		Source: masked(h.Outlet.Title), When: newMoment(l, h.Time, now),
	}
	if n := len(h.Others); n > 0 {
		r.More = l.N("and %d more", "and %d more", n)
	}
	return r
}

func channelHeading(l *words.Language, c channel, title string) string {
	switch {
	case c.narrow():
		return l.T("The feed of %s", "\u2068"+title+"\u2069")
	case c.View == viewStarred:
		return l.T("The feed of starred stories")
	case c.View == viewUnread:
		return l.T("The feed of unread stories")
	}
	return l.T("The merged feed")
}

// channelText says what is in the channel's feeds.
func channelText(l *words.Language, c channel, title string) string {
	text := l.T("Everything that your feeds tell, each story once, with all its sources.")
	switch {
	case c.Feed != 0:
		text = l.T("What %s tells, with the other sources that tell it too.", "\u2068"+title+"\u2069")
	case c.Folder != "":
		text = l.T("What the feeds in this folder and below it tell, each story once, with all its sources.")
	case c.Tag != "":
		text = l.T("What the feeds with this tag tell, each story once, with all its sources.")
	}
	switch c.View {
	case viewStarred:
		text += " " + l.T("Only stories with a star: they come as you give one, and go as you take it back.")
	case viewUnread:
		text += " " + l.T("Only stories that you haven’t read here: they go as you read them.")
	}
	return text
}
