package server

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
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
	News     string // address where what is newer than the page stands
	Passing  bool   // stories that are scrolled past become read
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
	Packs       []packLink
	Poll        bool // offer to poll now
}

func (s *Server) river(w http.ResponseWriter, r *http.Request) error {
	f, err := parseFilter(r.URL.Query())
	if err != nil {
		return err
	}
	q := f.query()
	q.Limit = pageSize
	if err := parsePlace(r.URL.Query(), &q); err != nil {
		return err
	}
	page, err := s.riverPage(r, f, q)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "river", page)
}

// parsePlace reads where a page of the river begins or ends.
func parsePlace(v url.Values, q *feed.Query) (err error) {
	if q.Before, err = feed.ParseCursor(v.Get("before")); err == nil {
		q.After, err = feed.ParseCursor(v.Get("after"))
	}
	if err == nil && v.Has("told") {
		q.Sources, err = strconv.Atoi(v.Get("told"))
	}
	if err != nil {
		err = badRequest("The page’s place in the river could not be read.")
	}
	return err
}

// found gives the stories of a page: those that its address lists, or those at its place.
func (s *Server) found(r *http.Request, f filter, q feed.Query) (feed.Page, error) {
	list := r.URL.Query().Get("stories")
	if list == "" {
		return s.stories(r.Context(), f, q)
	}
	ids, err := parseListed(list)
	if err != nil {
		return feed.Page{}, err
	}
	return s.Store.Listed(r.Context(), ids)
}

func (s *Server) riverPage(r *http.Request, f filter, q feed.Query) (*riverPage, error) {
	ctx := r.Context()
	found, err := s.found(r, f, q)
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
	p := &riverPage{Heading: heading(words.From(ctx), f, feeds)}
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
	p.Tabs = tabs(words.From(ctx), f, counts)
	if n := p.Tabs[0].Count; n > 0 {
		p.Title = "(" + strconv.Itoa(n) + ") " + p.Title
	}
	p.Sections = newSections(words.From(ctx), f, feeds, counts)
	s.badges(p.Sections.Items)
	rules, err := s.rules(ctx)
	if err != nil {
		return nil, err
	}
	if p.Days, err = s.layDays(ctx, found.Stories, f, rules, time.Now()); err != nil {
		return nil, err
	}
	if r.URL.Query().Has("stories") {
		p.Back, found.More = "/"+f.encode(), true
	}
	p.fill(f, q, found)
	if err := s.dress(ctx, p, f, q); err != nil {
		return nil, err
	}
	if len(found.Stories) == 0 {
		if p.Empty, err = s.empty(ctx, f, q, len(feeds), p.First); err != nil {
			return nil, err
		}
		if p.Empty != nil && p.Empty.Add {
			p.Empty.Packs = slices.DeleteFunc(s.packLinks(words.From(ctx)), func(k packLink) bool { return !k.Near })
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
		p.Listed = listed(found.Stories)
		p.Marks.Listed = p.Listed
	case orderOldest:
		p.Marks.UpTo = ""
	}
	p.turn(f, q, found)
}

// turn links to the pages before and after, as far as there are any in the
// direction that was asked; in the other, one came from there.
func (p *riverPage) turn(f filter, q feed.Query, found feed.Page) {
	more, top, bottom := found.More, "", ""
	up, down := "after", "before"
	p.PrevText, p.NextText = "Newer", "Older"
	back := !q.After.IsZero() // towards the page before
	if f.Order == orderOldest {
		up, down, back = down, up, !q.Before.IsZero()
		p.PrevText, p.NextText = p.NextText, p.PrevText
	}
	if f.Order == orderSources {
		top, bottom = strconv.Itoa(found.Stories[0].Sources), strconv.Itoa(found.Stories[len(found.Stories)-1].Sources)
	}
	first := q.Before.IsZero() && q.After.IsZero()
	if back || more {
		p.Next = "/" + f.encode(down, p.Bottom, "told", bottom)
	}
	if back && more || !back && !first {
		p.Prev = "/" + f.encode(up, p.Top, "told", top)
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
func heading(l *words.Language, f filter, feeds []feed.Outlet) string {
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
	return l.T("The river")
}

func tabs(l *words.Language, f filter, c feed.Counts) []tab {
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
		{Text: l.T("Unread"), Key: key, Count: unread, Numbers: true, Href: "/" + plain.with(viewUnread).encode(), Current: f.View == viewUnread},
		{Text: l.T("All"), Href: "/" + plain.with(viewAll).encode(), Current: f.View == viewAll},
		{Text: l.T("Starred"), Key: "starred", Count: c.Starred, Numbers: !f.narrow(), Href: "/" + plain.with(viewStarred).encode(), Current: f.View == viewStarred},
		{Text: l.T("Today"), Href: "/" + plain.with(viewToday).encode(), Current: f.View == viewToday},
		{Text: l.T("Big stories"), Href: "/" + f.with(viewAll).by(orderSources, f.Span).encode()},
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
		return emptyPage(words.From(ctx), f, q, feeds, polling), nil
	}
	st, err := s.Store.Stats(ctx)
	if err != nil {
		return nil, err
	}
	if st.Stories > 0 {
		return emptyPage(words.From(ctx), f, q, feeds, polling), nil
	}
	list, err := s.Store.Subscriptions(ctx)
	return emptyStore(words.From(ctx), list), err
}

// emptyStore words why no feed has brought a story yet.
func emptyStore(l *words.Language, list []feed.Following) *emptyText {
	e := &emptyText{Title: l.T("No stories yet"), Text: l.T("Your feeds have not brought anything so far."), Href: "/feeds", Link: l.T("See how the feeds are doing")}
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
	e.Poll, e.Text = true, l.N("None of your %d feeds could be reached. Is this machine online?", "None of your %d feeds could be reached. Is this machine online?", tried)
	if tried == 1 {
		e.Text = l.T("Your feed could not be reached. Is this machine online?")
	}
	return e
}

// emptyPage words a page without stories where there are some elsewhere.
func emptyPage(l *words.Language, f filter, q feed.Query, feeds int, polling bool) *emptyText {
	switch {
	case feeds == 0:
		return &emptyText{Title: l.T("Nothing to read yet"), Text: l.T("Add a site that you like to read, or bring your subscriptions along as OPML."), Add: true}
	case polling:
		return &emptyText{Title: l.T("The presses are running"), Text: l.T("The first stories will stand here in a moment.")}
	case !q.Before.IsZero() || !q.After.IsZero():
		return &emptyText{Title: l.T("The end of the river"), Text: l.T("There is nothing beyond this place."), Href: "/" + f.encode(), Link: l.T("Back to the newest")}
	case f.View == viewStarred:
		return &emptyText{Title: l.T("No stars yet"), Text: l.T("A star keeps a story for ever. Give one with ☆, or with the key s."), Href: "/" + f.with(viewAll).encode(), Link: l.T("See all stories")}
	case f.Order == orderSources:
		return &emptyText{Title: l.T("No big stories"), Text: l.T("None of the stories of this time is told by two sources or more."), Href: "/" + f.by(orderSources, spanWeek).encode(), Link: l.T("Look at the last week")}
	case f.View == viewToday:
		return &emptyText{Title: l.T("Nothing yet today"), Text: l.T("Stories of today will stand here as they come in."), Href: "/" + f.with(viewAll).encode(), Link: l.T("See all stories")}
	case f.View == viewUnread:
		return &emptyText{Title: l.T("All read"), Text: l.T("You are up to date. New stories will be announced here as they come in."), Href: "/" + f.with(viewAll).encode(), Link: l.T("See all stories")}
	}
	return &emptyText{Title: l.T("No stories yet"), Text: l.T("These feeds have not brought anything so far."), Href: "/feeds", Link: l.T("See how the feeds are doing")}
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
	return &starterNotice{N: n}, nil
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
type starterNotice struct{ N int }
