package server

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// preferForm is the reader's choice whether the copies of a feed or folder lead.
type preferForm struct {
	Feed, Folder string // one of them
	Back         string
	Rule         string
	Options      []option
}

var preferOptions = []option{
	{Value: string(feed.Preferred), Text: "Preferred", Note: "its copies are shown before those of others"},
	{Value: string(feed.PreferNot), Text: "Like any other", Note: "the rest of the rule decides"},
}

// preferences reads all that the reader chose about leads.
func (s *Server) preferences(ctx context.Context) (feed.Preferences, error) {
	settings, err := s.Store.Settings(ctx, feed.PreferencePrefix)
	return feed.ReadPreferences(settings), err
}

// preferFeed is the form for a feed.
func preferFeed(l *words.Language, p feed.Preferences, sub feed.Subscription) *preferForm {
	f := newPreferForm(l, p.Feeds[sub.ID], p.For(0, sub.Folder), sub.Folder)
	f.Feed, f.Back = number(sub.ID), "/feeds/"+number(sub.ID)
	return f
}

// preferFolder is the form for a folder; nil for the empty one, as all can't be
// preferred.
func preferFolder(l *words.Language, p feed.Preferences, folder string) *preferForm {
	if folder == "" {
		return nil
	}
	f := newPreferForm(l, p.Folders[folder], p.For(0, parent(folder)), parent(folder))
	f.Folder, f.Back = folder, "/folding?"+url.Values{"folder": {folder}}.Encode()
	return f
}

// newPreferForm offers the choices; up is whether the folder above is preferred.
func newPreferForm(l *words.Language, chosen feed.Preference, up bool, folder string) *preferForm {
	inherited := feed.PreferNot
	if up {
		inherited = feed.Preferred
	}
	first := option{Text: l.T("Not said"), Note: l.T("now: %s", said(l, preferOptions, string(inherited)))}
	if folder != "" {
		first.Text = above(l, folder)
	}
	return &preferForm{Rule: l.T(feed.LeadRule), Options: choose(append([]option{first}, worded(l, preferOptions)...), string(chosen))}
}

// setPreference takes the choice for a feed or folder from its form.
func (s *Server) setPreference(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	v := r.PostForm
	p := feed.Preference(v.Get("prefer"))
	if !v.Has("prefer") || p != feed.PreferInherit && !slices.ContainsFunc(preferOptions, func(o option) bool { return o.Value == string(p) }) {
		return badRequest("The form doesn’t say whether its copies are preferred.")
	}
	scope := feed.Scope{Folder: v.Get("folder")}
	if id := v.Get("feed"); id != "" {
		n, err := strconv.ParseUint(id, 10, 64)
		if err != nil || n == 0 {
			return badRequest("A feed is named by its number.")
		}
		scope = feed.Scope{Feed: n}
	}
	if scope == (feed.Scope{}) {
		return badRequest("The form doesn’t say which feed or folder is meant.")
	}
	if err := s.knowsFolder(r.Context(), scope.Folder); err != nil {
		return err
	}
	if err := s.Store.Prefer(r.Context(), scope, p); err != nil {
		return err
	}
	return s.done(w, r, v.Get("back"), &flash{Text: words.From(r.Context()).T("Saved. The stories that have a choice now show the copy that comes first by the rule; none became unread.")})
}

// leadText says why the copy that leads a story does.
func leadText(l *words.Language, full *feed.Full, p feed.Preferences) string {
	var cs []feed.Candidate
	for _, m := range full.Members {
		cs = append(cs, feed.Candidate{Entry: m.Entry, Outlet: m.Outlet, Preferred: p.For(m.Outlet.Feed, m.Outlet.Folder)})
	}
	if len(cs) < 2 {
		return ""
	}
	lead, why := feed.Lead(cs)
	if lead != full.Lead {
		return "" // it was chosen by an earlier release, and is chosen anew with the next change
	}
	switch why {
	case feed.LeadPreferred:
		return l.T("you prefer its feed")
	case feed.LeadOriginal:
		return l.T("the others are reprints")
	case feed.LeadFull:
		return l.T("the others are shorter by half or more")
	case feed.LeadEarlier:
		return l.T("it is the earliest")
	}
	return ""
}
