package server

import (
	"html/template"
	"net/http"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// settingsPage shows what the reader is and where things are.
type settingsPage struct {
	Frame
	FeedURL  string // of the merged feed, absolute
	Rule     string // by which leads are chosen
	HasPass  bool
	NoAuth   bool
	Facts    []fact
	Version  string
	Origin   string       // where the browser has us, as far as it is known
	Bookmark template.URL // bookmarklet to /subscribe
	Folding  foldForm
	When     whenForm // when all feeds are polled
	Hub      string   // address of the hub; empty without one
	Tongues  []option // languages of the pages
	Showings []option // how pictures are shown
	Shown    string   // how it was said at the start that they are; empty: as chosen
	Pushed   []fact   // what subscribers have pushed to them: the feed, and how many they are
}

// fact is a line of a list of facts.
type fact struct{ Name, Value string }

func (s *Server) settings(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	stats, err := s.Store.Stats(ctx)
	if err != nil {
		return err
	}
	locked, err := s.locked(ctx)
	if err != nil {
		return err
	}
	address, err := s.feedAddress(ctx, r, locked)
	if err != nil {
		return err
	}
	rules, err := s.rules(ctx)
	if err != nil {
		return err
	}
	tongues, err := s.tongues(ctx)
	if err != nil {
		return err
	}
	frame, err := s.frame(r, words.From(ctx).T("Settings")+" · tidings", "settings")
	if err != nil {
		return err
	}
	frame.Extra = s.assets.Path("settings.js")
	w.Header().Set("Cache-Control", "no-store")
	return s.render(w, r, http.StatusOK, "settings", settingsPage{
		Frame: frame, FeedURL: address, Rule: words.From(ctx).T(feed.LeadRule),
		HasPass: locked, NoAuth: s.NoAuth, Facts: s.facts(words.From(ctx), stats), Version: s.Version,
		Origin: s.origin(r), Bookmark: bookmarklet(s.origin(r)), Folding: folderForm(words.From(ctx), rules, ""),
		When: newWhenForm("/settings/times", s.Poller.Timetable(), ""), Tongues: tongues, Hub: s.hubURL(),
		Showings: s.showings(words.From(ctx)), Shown: string(s.Showing), Pushed: s.pushed(words.From(ctx)),
	})
}

func (s *Server) facts(l *words.Language, st feed.Stats) []fact {
	list := []fact{
		{l.T("Feeds"), l.Number(st.Feeds)},
		{l.T("Entries"), l.Number(st.Entries)},
		{l.T("Stories"), l.Number(st.Stories)},
		{l.T("Copies folded"), l.Number(st.Copies)},
		{l.T("Unread"), l.Number(st.Unread)},
		{l.T("Starred"), l.Number(st.Starred)},
		{l.T("Size of the data"), bytesText(l, st.Bytes)},
	}
	if s.DataFile != "" {
		list = append(list, fact{l.T("Data file"), s.DataFile})
	}
	return append(list, fact{l.T("Version"), s.Version})
}
