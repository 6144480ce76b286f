package server

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"tidings/internal/feed"
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
func (s *Server) dress(ctx context.Context, p *riverPage, f filter) error {
	layout, err := s.Store.Setting(ctx, settingLayout)
	if err != nil {
		return err
	}
	p.Layout = cmp.Or(string(layout), usualLayout)
	p.Looks = looks{Layouts: choose(layouts(), p.Layout)}
	for _, o := range []struct{ order, text string }{{orderNewest, "Newest first"}, {orderOldest, "Oldest first"}, {orderSources, "Most sources"}} {
		p.Looks.Orders = append(p.Looks.Orders, tab{Text: o.text, Href: "/" + f.by(o.order, "").encode(), Current: f.Order == o.order})
	}
	top := p.Top
	if f.Order != orderNewest {
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
	if f.Order == orderSources {
		p.Looks.Spans = []tab{
			{Text: "The last day", Href: "/" + f.by(orderSources, spanDay).encode(), Current: f.Span == spanDay},
			{Text: "The last week", Href: "/" + f.by(orderSources, spanWeek).encode(), Current: f.Span == spanWeek},
		}
	}
	return nil
}

// spanName heads stories in order of their sources.
func spanName(f filter) string {
	if f.Span == spanWeek {
		return "Told by most, in the last week"
	}
	return "Told by most, in the last day"
}

// setLayout keeps how the reader wants rivers laid out.
func (s *Server) setLayout(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
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
