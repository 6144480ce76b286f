package server

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// palettePage finds places and actions by their names, and stories by their titles.
// The script shows the same answer in a dialog on any page.
type palettePage struct {
	Frame
	Query    string
	From     string // page of ours that one came from
	Found    []offer
	Searched string // what was looked through
}

// offer is a place to go to, or something to do.
type offer struct {
	Text  string
	Lang  string // of Text; empty for the page's own
	Note  string // what it is
	Href  string // where it leads; empty for something to do
	Key   string // that does the same; may be empty
	Also  string // further words by which it is found
	Do    string // path of the form; empty for a place
	Field field  // of the form, its button's
	More  []field
	rank  int
}

// field is a field of a form.
type field struct{ Name, Value string }

// How many of a kind are offered: without a question what fits a screen, and of
// stories as many as one looks through.
const (
	mostOffers  = 12
	mostStories = 12
)

func (s *Server) palette(w http.ResponseWriter, r *http.Request) error {
	ctx, v := r.Context(), r.URL.Query()
	l := words.From(ctx)
	frame, err := s.frame(r, l.T("Go to")+" · tidings", "palette")
	if err != nil {
		return err
	}
	p := palettePage{Frame: frame, Query: strings.TrimSpace(cutRunes(v.Get("q"), 200)), From: local(v.Get("back"))}
	asked := strings.Fields(fold(p.Query))
	p.Searched = l.N("The title of the newest story is searched, too.", "The titles of the newest %d stories are searched, too.", mostTitles)
	offers, err := s.offers(ctx, p.From)
	if err != nil {
		return err
	}
	p.Found = matching(offers, asked)
	stories, err := s.titled(ctx, asked)
	if err != nil {
		return err
	}
	p.Found = append(p.Found, stories...)
	if len(p.Found) == 0 {
		p.Searched = l.T("Nothing has that name. Feeds, folders, tags, actions and the titles of the newest %d stories were searched.", mostTitles)
	}
	return s.render(w, r, http.StatusOK, "palette", p)
}

// matching picks what all words are found in: those first whose names begin with
// them, then those that have words that do.
func matching(offers []offer, asked []string) (found []offer) {
	for _, o := range offers {
		name := fold(o.Text)
		if !holds(name+" "+fold(o.Also), asked) {
			continue
		}
		o.rank = 2
		if q := strings.Join(asked, " "); strings.HasPrefix(name, q) {
			o.rank = 0
		} else if strings.Contains(" "+name, " "+q) {
			o.rank = 1
		}
		found = append(found, o)
	}
	slices.SortStableFunc(found, func(a, b offer) int { return cmp.Compare(a.rank, b.rank) })
	return found[:min(len(found), mostOffers)]
}

// titled are the stories whose titles have all words.
func (s *Server) titled(ctx context.Context, asked []string) (found []offer, err error) {
	ids, err := s.titles.find(ctx, s.Store, asked, mostStories)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	page, err := s.Store.Listed(ctx, ids)
	l := words.From(ctx)
	for i := range page.Stories {
		h := &page.Stories[i]
		found = append(found, offer{
			Text: titleOf(l, h.Entry), Lang: language(h.Entry.Language), Note: masked(h.Outlet.Title),
			Href: "/story/" + number(h.ID) + filter{View: viewAll}.encode(),
		})
	}
	return found, err
}

// offers is everything that there is to go to and to do, stories left out.
func (s *Server) offers(ctx context.Context, back string) ([]offer, error) {
	feeds, err := s.Store.Outlets(ctx)
	if err != nil {
		return nil, err
	}
	newest, err := s.Store.Stories(ctx, feed.Query{Limit: 1})
	if err != nil {
		return nil, err
	}
	l := words.From(ctx)
	all := slices.Concat(viewOffers(l), pageOffers(l), doOffers(l, back, newest.Newest))
	for _, folder := range folders(feeds) {
		all = append(all, offer{Text: folder, Note: l.T("Folder"), Href: "/" + filter{View: viewUnread, Folder: folder}.encode()})
	}
	for _, tag := range tagsOf(feeds) {
		all = append(all, offer{Text: "#" + tag, Note: l.T("Tag"), Href: "/" + filter{View: viewUnread, Tag: tag}.encode()})
	}
	for _, x := range feeds {
		all = append(all, offer{Text: masked(x.Title), Note: l.T("Feed"), Also: masked(x.SiteURL), Href: "/" + filter{View: viewUnread, Feed: x.Feed}.encode()})
	}
	return all, nil
}

// viewOffers are the views of the river.
func viewOffers(l *words.Language) []offer {
	view, all := l.T("View"), filter{View: viewAll}
	return []offer{
		{Text: l.T("Unread"), Note: view, Href: "/", Key: "g u"},
		{Text: l.T("All"), Note: view, Href: "/" + all.encode(), Key: "g a"},
		{Text: l.T("Starred"), Note: view, Href: "/" + all.with(viewStarred).encode(), Key: "g s"},
		{Text: l.T("Today"), Note: view, Href: "/" + all.with(viewToday).encode(), Key: "g t"},
		{Text: l.T("Big stories of the last day"), Note: view, Href: "/" + all.by(orderSources, spanDay).encode(), Key: "g b"},
		{Text: l.T("Big stories of the last week"), Note: view, Href: "/" + all.by(orderSources, spanWeek).encode()},
		{Text: l.T("Oldest first"), Note: view, Href: "/" + filter{View: viewUnread}.by(orderOldest, "").encode()},
	}
}

// pageOffers are the other pages.
func pageOffers(l *words.Language) []offer {
	page := l.T("Page")
	return []offer{
		{Text: l.T("Feeds"), Note: page, Href: "/feeds", Key: "g f"},
		{Text: l.T("Add a feed"), Note: page, Href: "/feeds#add-url", Also: l.T("subscribe")},
		{Text: l.T("Statistics"), Note: page, Href: "/statistics"},
		{Text: l.T("Settings"), Note: page, Href: "/settings"},
		{Text: l.T("Keys"), Note: page, Href: "/settings#keys", Key: "?", Also: l.T("help")},
	}
}

// doOffers are things to do. Nothing is marked read that came after the answer was made.
func doOffers(l *words.Language, back string, newest uint64) []offer {
	action := l.T("Action")
	list := []offer{
		{Text: l.T("Refresh"), Note: action, Do: "/feeds/refresh", Also: l.T("poll all feeds now")},
	}
	if newest > 0 {
		list = append(list, offer{Text: l.T("Mark all read"), Note: action, Key: "A", Do: "/mark-all", More: []field{{"until", number(newest)}, {"back", back}}})
	}
	for _, o := range layouts() {
		list = append(list, offer{Text: l.T("Layout: %s", l.T(o.Text)), Note: action, Do: "/layout", Field: field{"layout", o.Value}, More: []field{{"back", back}}})
	}
	return list
}
