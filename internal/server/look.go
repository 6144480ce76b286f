package server

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// looks are the choices how a river looks: its order, and its layout.
type looks struct {
	Orders  []tab
	Spans   []tab // of the order by sources; else none
	Layouts []option
}

// usualLayout is that of who hasn't chosen one.
const usualLayout = "list"

// layouts are how the stories of a river can be laid out.
func layouts() []option {
	return []option{
		{Value: usualLayout, Text: "List"},
		{Value: "cards", Text: "Cards"},
		{Value: "magazine", Text: "Magazine"},
	}
}

// stories asks for what a page of the river shows, in the order in which it does.
func (s *Server) stories(ctx context.Context, f filter, q feed.Query) (feed.Page, error) {
	switch f.Order {
	case orderSources:
		return s.Store.Biggest(ctx, q)
	case orderOldest:
		if q.Before.IsZero() && q.After.IsZero() {
			q.After = feed.Cursor{Time: time.Unix(-1<<40, 0)} // before everything
		}
		page, err := s.Store.Stories(ctx, q)
		slices.Reverse(page.Stories)
		return page, err
	}
	return s.Store.Stories(ctx, q)
}

// dress gives a page of the river its choices of looks, and says from where on
// stories are news to it: above its first, or, where that isn't the newest, above
// the newest there is.
func (s *Server) dress(ctx context.Context, p *riverPage, f filter, q feed.Query) error {
	layout, err := s.Store.Setting(ctx, settingLayout)
	if err != nil {
		return err
	}
	passing, err := s.Store.Setting(ctx, settingPassing)
	if err != nil {
		return err
	}
	p.Passing = len(passing) > 0
	p.Layout = cmp.Or(string(layout), usualLayout)
	p.Looks = looks{Layouts: choose(layouts(), p.Layout)}
	for _, o := range []struct{ order, text string }{{orderNewest, words.Key("Newest first")}, {orderOldest, words.Key("Oldest first")}, {orderSources, words.Key("Most sources")}} {
		p.Looks.Orders = append(p.Looks.Orders, tab{Text: words.From(ctx).T(o.text), Href: "/" + f.by(o.order, "").encode(), Current: f.Order == o.order})
	}
	top := p.Top
	if f.Order != orderNewest || !q.Before.IsZero() || !q.After.IsZero() {
		q := f.query()
		q.Limit = 1
		page, err := s.Store.Stories(ctx, q)
		if err != nil {
			return err
		}
		for i := range page.Stories {
			top = page.Stories[i].Cursor().String()
		}
	}
	p.Events = "/events" + f.encode("top", top)
	p.News = "/" + f.encode()
	if f.Order == orderOldest {
		p.News = "/" + f.encode("after", top)
	}
	if f.Order == orderSources {
		p.Looks.Spans = []tab{
			{Text: words.From(ctx).T("The last day"), Href: "/" + f.by(orderSources, spanDay).encode(), Current: f.Span == spanDay},
			{Text: words.From(ctx).T("The last week"), Href: "/" + f.by(orderSources, spanWeek).encode(), Current: f.Span == spanWeek},
		}
	}
	return nil
}

// spanName heads stories in order of their sources.
func spanName(l *words.Language, f filter) string {
	if f.Span == spanWeek {
		return l.T("Told by most, in the last week")
	}
	return l.T("Told by most, in the last day")
}

// layout is how the reader wants rivers laid out.
func (s *Server) layout(ctx context.Context) (string, error) {
	layout, err := s.Store.Setting(ctx, settingLayout)
	return cmp.Or(string(layout), usualLayout), err
}

// setLayout keeps how the reader wants rivers laid out.
func (s *Server) setLayout(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	if r.PostForm.Has("passing") {
		return s.setPassing(w, r)
	}
	layout := r.PostForm.Get("layout")
	if !slices.ContainsFunc(layouts(), func(o option) bool { return o.Value == layout }) {
		return badRequest("There is no such layout: it is list, cards or magazine.")
	}
	if err := s.Store.SetSetting(r.Context(), settingLayout, []byte(layout)); err != nil {
		return err
	}
	return see(w, r, local(r.PostForm.Get("back")))
}

// setPassing keeps whether stories become read when they are scrolled past.
func (s *Server) setPassing(w http.ResponseWriter, r *http.Request) error {
	var kept []byte
	switch r.PostForm.Get("passing") {
	case "on":
		kept = []byte("on")
	case "off":
	default:
		return badRequest("Marking on scroll is on or off.")
	}
	if err := s.Store.SetSetting(r.Context(), settingPassing, kept); err != nil {
		return err
	}
	return see(w, r, local(r.PostForm.Get("back")))
}
