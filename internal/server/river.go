package server

import (
	"context"
	"html/template"
	"net/http"
	"strings"
	"time"

	"tidings/internal/feed"
)

// riverPage is a page of stories, newest first.
type riverPage struct {
	Frame
	Heading  string
	Tabs     []tab
	Looks    looks
	Layout   string // "list", "cards" or "magazine"
	Sections sections
	Days     []day
	Top      string // place of its newest story
	Bottom   string // place of its oldest story
	Newest   string // the greatest number of a story when the page was made
	Marks    *markAllForm
	Prev     string // address of the page before, empty at the top
	Next     string // address of the page after, empty at the end
	PrevText string
	NextText string
	Listed   string // the numbers of its stories, where these have no places in a row
	Empty    *emptyText
	Starter  *starterNotice
}

// tab is a view of the same stretch.
type tab struct {
	Text    string
	Href    string
	Key     string // name of its number, for the script
	Count   int
	Numbers bool // show Count
	Current bool
}

// markAllForm marks what is listed, and all that is older, read; but no story that
// came after the page was made.
// Where stories have no places in a row, what is Listed is marked, and nothing else.
type markAllForm struct{ View, Folder, Tag, Feed, UpTo, Until, Listed, Back string }

// day is the stories of one day.
type day struct {
	Name string
	Rows []template.HTML
}

// emptyText is what a page without stories says.
type emptyText struct {
	Title, Text string
	Href, Link  string
	Add         bool // offer forms to add feeds
	Poll        bool // offer to poll now
}

func (s *Server) river(w http.ResponseWriter, r *http.Request) error {
	f, err := parseFilter(r.URL.Query())
	if err != nil {
		return err
	}
	q := f.query()
	q.Limit = pageSize
	if q.Before, q.After, err = parseCursors(r); err != nil {
		return err
	}
	page, err := s.riverPage(r, f, q)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "river", page)
}

func parseCursors(r *http.Request) (before, after feed.Cursor, err error) {
	v := r.URL.Query()
	if before, err = feed.ParseCursor(v.Get("before")); err == nil {
		after, err = feed.ParseCursor(v.Get("after"))
	}
	if err != nil {
		err = badRequest("The page’s place in the river could not be read.")
	}
	return before, after, err
}

func (s *Server) riverPage(r *http.Request, f filter, q feed.Query) (*riverPage, error) {
	ctx := r.Context()
	found, err := s.stories(ctx, f, q)
	if err != nil {
		return nil, err
	}
	counts, err := s.Store.Counts(ctx)
	if err != nil {
		return nil, err
	}
	feeds, err := s.Store.Outlets(ctx)
	if err != nil {
		return nil, err
	}
	p := &riverPage{Heading: heading(f, feeds)}
	if p.Heading == "" {
		return nil, notFound("There is no such feed.")
	}
	if p.Frame, err = s.frame(r, p.Heading+" · tidings", "river"); err != nil {
		return nil, err
	}
	if f.narrow() {
		c := channel{filter: f.with(viewAll)}
		p.Alternates = alternates(c.home(), "tidings: "+p.Heading)
	}
	p.Tabs = tabs(f, counts)
	p.Sections = newSections(f, feeds, counts)
	rules, err := s.rules(ctx)
	if err != nil {
		return nil, err
	}
	if p.Days, err = s.layDays(found.Stories, f, rules, time.Now()); err != nil {
		return nil, err
	}
	p.fill(f, q, found)
	if err := s.dress(ctx, p, f); err != nil {
		return nil, err
	}
	if len(found.Stories) == 0 {
		if p.Empty, err = s.empty(ctx, f, q, len(feeds), p.First); err != nil {
			return nil, err
		}
	}
	if !f.narrow() && q.Before.IsZero() && q.After.IsZero() {
		p.Starter, err = s.starterNotice(ctx, feeds)
	}
	return p, err
}

// fill links to the pages around the stories.
func (p *riverPage) fill(f filter, q feed.Query, found feed.Page) {
	n := len(found.Stories)
	if n == 0 {
		return
	}
	first, last := found.Stories[0].Cursor(), found.Stories[n-1].Cursor()
	p.Top, p.Bottom, p.Newest = first.String(), last.String(), number(found.Newest)
	p.Marks = &markAllForm{View: f.View, Folder: f.Folder, Tag: f.Tag, Feed: number(f.Feed), UpTo: p.Top, Until: p.Newest, Back: "/" + f.encode()}
	switch f.Order {
	case orderSources:
		p.Top, p.Bottom, p.Listed = "", "", listed(found.Stories)
		p.Marks.Listed = p.Listed
		return
	case orderOldest:
		p.Marks.UpTo = ""
	}
	p.turn(f, q, found.More)
}

// turn links to the pages before and after, as far as there are any in the
// direction that was asked; in the other, one came from there.
func (p *riverPage) turn(f filter, q feed.Query, more bool) {
	up, down := "after", "before"
	p.PrevText, p.NextText = "Newer", "Older"
	back := !q.After.IsZero() // towards the page before
	if f.Order == orderOldest {
		up, down, back = down, up, !q.Before.IsZero()
		p.PrevText, p.NextText = p.NextText, p.PrevText
	}
	first := q.Before.IsZero() && q.After.IsZero()
	if back || more {
		p.Next = "/" + f.encode(down, p.Bottom)
	}
	if back && more || !back && !first {
		p.Prev = "/" + f.encode(up, p.Top)
	}
}

// listed joins the numbers of stories for a form.
func listed(stories []feed.Headline) string {
	var ids []string
	for i := range stories {
		ids = append(ids, number(stories[i].ID))
	}
	return strings.Join(ids, ",")
}

// heading is the page's title; empty if its feed is unknown.
func heading(f filter, feeds []feed.Outlet) string {
	if f.Feed != 0 {
		for _, x := range feeds {
			if x.Feed == f.Feed {
				return masked(x.Title)
			}
		}
		return ""
	}
	switch {
	case f.Folder != "":
		return f.Folder
	case f.Tag != "":
		return "#" + f.Tag
	}
	return "The river"
}

func tabs(f filter, c feed.Counts) []tab {
	unread, key := c.Unread, "unread"
	switch {
	case f.Feed != 0:
		unread, key = c.Feeds[f.Feed], "feed-"+number(f.Feed)
	case f.Folder != "":
		unread, key = c.Folders[f.Folder], "folder-"+f.Folder
	case f.Tag != "":
		unread, key = c.Tags[f.Tag], "tag-"+f.Tag
	}
	plain := f
	if f.Order == orderSources {
		plain = f.by(orderNewest, "")
	}
	list := []tab{
		{Text: "Unread", Key: key, Count: unread, Numbers: true, Href: "/" + plain.with(viewUnread).encode(), Current: f.View == viewUnread},
		{Text: "All", Href: "/" + plain.with(viewAll).encode(), Current: f.View == viewAll},
		{Text: "Starred", Key: "starred", Count: c.Starred, Numbers: !f.narrow(), Href: "/" + plain.with(viewStarred).encode(), Current: f.View == viewStarred},
		{Text: "Today", Href: "/" + plain.with(viewToday).encode(), Current: f.View == viewToday},
		{Text: "Big stories", Href: "/" + f.with(viewAll).by(orderSources, f.Span).encode()},
	}
	if f.Order == orderSources {
		for i := range list {
			list[i].Current = i == len(list)-1
		}
	}
	return list
}

// empty words a page without stories: nothing there is a kind of news, too. Where
// there are no stories at all, all may be read but nothing was brought.
func (s *Server) empty(ctx context.Context, f filter, q feed.Query, feeds int, polling bool) (*emptyText, error) {
	if feeds == 0 || polling || !q.Before.IsZero() || !q.After.IsZero() {
		return emptyPage(f, q, feeds, polling), nil
	}
	st, err := s.Store.Stats(ctx)
	if err != nil {
		return nil, err
	}
	if st.Stories > 0 {
		return emptyPage(f, q, feeds, polling), nil
	}
	list, err := s.Store.Subscriptions(ctx)
	return emptyStore(list), err
}

// emptyStore words why no feed has brought a story yet.
func emptyStore(list []feed.Following) *emptyText {
	e := &emptyText{Title: "No stories yet", Text: "Your feeds have not brought anything so far.", Href: "/feeds", Link: "See how the feeds are doing"}
	tried, failed := 0, 0
	for _, x := range list {
		if x.Subscription.Paused {
			continue
		}
		tried++
		if x.State.Failures > 0 {
			failed++
		}
	}
	if failed == 0 || failed < tried {
		return e
	}
	e.Poll, e.Text = true, "None of your "+group(tried)+" feeds could be reached. Is this machine online?"
	if tried == 1 {
		e.Text = "Your feed could not be reached. Is this machine online?"
	}
	return e
}

// emptyPage words a page without stories where there are some elsewhere.
func emptyPage(f filter, q feed.Query, feeds int, polling bool) *emptyText {
	switch {
	case feeds == 0:
		return &emptyText{Title: "Nothing to read yet", Text: "Add a site that you like to read, or bring your subscriptions along as OPML.", Add: true}
	case polling:
		return &emptyText{Title: "The presses are running", Text: "The first stories will stand here in a moment."}
	case !q.Before.IsZero() || !q.After.IsZero():
		return &emptyText{Title: "The end of the river", Text: "There is nothing beyond this place.", Href: "/" + f.encode(), Link: "Back to the newest"}
	case f.View == viewStarred:
		return &emptyText{Title: "No stars yet", Text: "A star keeps a story for ever. Give one with ☆, or with the key s.", Href: "/" + f.with(viewAll).encode(), Link: "See all stories"}
	case f.Order == orderSources:
		return &emptyText{Title: "No big stories", Text: "None of the stories of this time is told by two sources or more.", Href: "/" + f.by(orderSources, spanWeek).encode(), Link: "Look at the last week"}
	case f.View == viewToday:
		return &emptyText{Title: "Nothing yet today", Text: "Stories of today will stand here as they come in.", Href: "/" + f.with(viewAll).encode(), Link: "See all stories"}
	case f.View == viewUnread:
		return &emptyText{Title: "All read", Text: "You are up to date. New stories will be announced here as they come in.", Href: "/" + f.with(viewAll).encode(), Link: "See all stories"}
	}
	return &emptyText{Title: "No stories yet", Text: "These feeds have not brought anything so far.", Href: "/feeds", Link: "See how the feeds are doing"}
}

// starterNotice tells where the first feeds came from, until it is dismissed
// or none of them is left.
func (s *Server) starterNotice(ctx context.Context, feeds []feed.Outlet) (*starterNotice, error) {
	if len(s.Options.Starter) == 0 {
		return nil, nil
	}
	n := starters(s.Options.Starter, feeds)
	if n == 0 {
		return nil, nil
	}
	dismissed, err := s.Store.Setting(ctx, settingStarter)
	if err != nil || len(dismissed) > 0 {
		return nil, err
	}
	return &starterNotice{Text: count(n, "feed", "feeds")}, nil
}

// starters counts the feeds of the starter list that are still where it put them.
func starters(starter []feed.Wish, feeds []feed.Outlet) (n int) {
	folder := make(map[string]string, len(starter))
	for _, w := range starter {
		folder[w.URL] = w.Folder
	}
	for _, x := range feeds {
		if f, ok := folder[x.URL]; ok && f == x.Folder && !x.Paused {
			n++
		}
	}
	return n
}

// starterNotice is the first run's.
type starterNotice struct{ Text string }
