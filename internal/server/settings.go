package server

import (
	"net/http"

	"tidings/internal/feed"
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
	Bookmark string // address of /subscribe, for a bookmarklet
	Folding  foldForm
	When     whenForm // when all feeds are polled
	Hub      string   // address of the hub; empty without one
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
	frame, err := s.frame(r, "Settings · tidings", "settings")
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return s.render(w, r, http.StatusOK, "settings", settingsPage{
		Frame: frame, FeedURL: address, Rule: feed.LeadRule,
		HasPass: locked, NoAuth: s.NoAuth, Facts: s.facts(stats), Version: s.Version,
		Bookmark: s.origin(r) + "/subscribe?url=", Folding: folderForm(rules, ""),
		When: newWhenForm("/settings/times", s.Poller.Timetable(), ""), Hub: s.hubURL(), Pushed: s.pushed(),
	})
}

func (s *Server) facts(st feed.Stats) []fact {
	list := []fact{
		{"Feeds", group(st.Feeds)},
		{"Entries", group(st.Entries)},
		{"Stories", group(st.Stories)},
		{"Copies folded", group(st.Copies)},
		{"Unread", group(st.Unread)},
		{"Starred", group(st.Starred)},
		{"Size of the data", bytesText(st.Bytes)},
	}
	if s.DataFile != "" {
		list = append(list, fact{"Data file", s.DataFile})
	}
	return append(list, fact{"Version", s.Version})
}
