package server

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// feedPage is one subscription with all that can be done to it.
type feedPage struct {
	Frame
	Sub     feedRow
	When    whenForm
	Keep    keepForm
	Receipt string // address of what its site has cost
	Folders []string
	Tags    string   // its tags, separated by commas
	AllTags []string // of all feeds
	Name    string   // the reader's own title; empty: the publisher's
	Theirs  string   // the publisher's title
	About   string
	Format  string
	Added   moment
	Moved   string
	Letter  string // for the publisher: what had to be mended; empty for nothing
	Confirm bool   // asks whether to remove it
	Folding foldForm
	Prefer  *preferForm
}

func (s *Server) feedPage(r *http.Request) (*feedPage, error) {
	id, err := pathID(r)
	if err != nil {
		return nil, err
	}
	ctx := r.Context()
	x, err := s.Store.Subscription(ctx, id)
	if err != nil {
		return nil, err
	}
	others, err := s.Store.Outlets(ctx)
	if err != nil {
		return nil, err
	}
	rules, err := s.rules(ctx)
	if err != nil {
		return nil, err
	}
	prefs, err := s.preferences(ctx)
	if err != nil {
		return nil, err
	}
	l, now := words.From(ctx), time.Now()
	p := &feedPage{
		When:    newWhenForm("/feeds/"+number(x.Subscription.ID)+"/times", x.Subscription.When, s.Poller.Timetable().String()),
		Keep:    newKeepForm(l, x.Subscription.Keep),
		Receipt: "/receipt?site=" + url.QueryEscape(x.Subscription.Site),
		Folding: feedForm(l, rules, x.Subscription), Prefer: preferFeed(l, prefs, x.Subscription),
		Sub: newFeedRow(l, x, now), Folders: folders(others), Name: x.Subscription.Title,
		Tags: strings.Join(x.Subscription.Tags, ", "), AllTags: tagsOf(others),
		Theirs: x.State.Title, About: x.State.Description, Format: formatName(x.State.Format),
		Added: newMoment(l, x.Subscription.Added, now), Moved: masked(x.State.Moved),
	}
	tallies, err := s.Store.FeedDays(ctx, id, now.Add(-(plotDays-1)*24*time.Hour), now)
	if err != nil {
		return nil, err
	}
	pace := newPace(tallies, x.Subscription.Added, now)
	p.Sub.pace(l, &pace)
	p.Sub.Plot = pace.plot(l, plotDays)
	p.Letter = complaint(x.Subscription.URL, x.State)
	p.Frame, err = s.frame(r, p.Sub.Title+" · tidings", "feeds")
	return p, err
}

// complaint is what the reader may send to a publisher whose feed had to be mended.
func complaint(address string, st feed.State) string {
	if len(st.Mended) == 0 {
		return ""
	}
	return "Your feed " + masked(address) + " could be read on " + st.Document.UTC().Format("2 January 2006") +
		" only after these were put right:\n- " + strings.Join(st.Mended, "\n- ")
}

func formatName(format string) string {
	switch format {
	case "rss":
		return "RSS"
	case "rdf":
		return "RSS 1.0 (RDF)"
	case "atom":
		return "Atom"
	case "json":
		return "JSON Feed"
	}
	return ""
}

func (s *Server) oneFeed(w http.ResponseWriter, r *http.Request) error {
	p, err := s.feedPage(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "feed", p)
}

func (s *Server) confirmRemove(w http.ResponseWriter, r *http.Request) error {
	p, err := s.feedPage(r)
	if err != nil {
		return err
	}
	p.Confirm, p.Frame.Title = true, words.From(r.Context()).T("Unsubscribe")+" · "+p.Frame.Title
	return s.render(w, r, http.StatusOK, "feed", p)
}
