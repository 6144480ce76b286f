package server

import (
	"net/http"
	"net/url"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// receiptPage tells what polling has cost publishers: all sites, or the feeds of one.
type receiptPage struct {
	Frame
	Site  string // empty: all
	Rows  []receiptRow
	Sum   receiptRow
	More  string // that there are others, which are not listed
	Where *siteNote
}

// siteNote is how one site is asked.
type siteNote struct{ Spacing, Complained, Rests string }

// receiptRow is a site, a feed, or the sum of them.
type receiptRow struct {
	Name, Href string
	Day, Month exchange
	Spacing    string
	Note       string
	Next, Why  string
}

// exchange is a feed.Exchange in words.
type exchange struct{ Requests, Unchanged, Received, Saved, Failed string }

// receiptMost is how many rows a page has: who wants them all asks the command.
const receiptMost = 500

func (s *Server) receipt(w http.ResponseWriter, r *http.Request) error {
	rc, err := s.Poller.Receipt(r.Context())
	if err != nil {
		return err
	}
	l := words.From(r.Context())
	p := receiptPage{Site: r.URL.Query().Get("site")}
	if p.Site == "" {
		p.sites(l, rc)
	} else if !p.feeds(l, rc) {
		return notFound("No feed of yours is on that site.")
	}
	if n := len(p.Rows); n > receiptMost {
		p.Rows, p.More = p.Rows[:receiptMost], l.N("And %d more, which `tidings feeds --receipt` lists.", "And %d more, which `tidings feeds --receipt` lists.", n-receiptMost)
	}
	if p.Frame, err = s.frame(r, l.T("Receipt")+" · tidings", "feeds"); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return s.render(w, r, http.StatusOK, "receipt", p)
}

// sites lists all sites.
func (p *receiptPage) sites(l *words.Language, rc feed.Receipt) {
	var day, month feed.Exchange
	for _, x := range rc.Sites {
		day, month = day.Add(x.Day), month.Add(x.Month)
		row := receiptRow{Name: x.Site, Href: "/receipt?site=" + url.QueryEscape(x.Site), Day: inNumbers(l, x.Day), Month: inNumbers(l, x.Month), Spacing: gapText(l, x.Spacing)}
		switch {
		case x.Rests.After(rc.At):
			row.Note = l.T("Left alone until %s, as it asked", x.Rests.Local().Format("15:04"))
		case !x.Complained.IsZero():
			row.Note = l.T("Asked us to slow down %s", distance(l, x.Complained, rc.At))
		}
		p.Rows = append(p.Rows, row)
	}
	p.Sum = receiptRow{Name: l.T("All"), Day: inNumbers(l, day), Month: inNumbers(l, month)}
}

// feeds lists the feeds of the page's site, if there are any.
func (p *receiptPage) feeds(l *words.Language, rc feed.Receipt) bool {
	for _, x := range rc.Sites {
		if x.Site != p.Site {
			continue
		}
		p.Where = &siteNote{Spacing: gapText(l, x.Spacing)}
		if x.Rests.After(rc.At) {
			p.Where.Rests = x.Rests.Local().Format("15:04")
		}
		if !x.Complained.IsZero() {
			p.Where.Complained = distance(l, x.Complained, rc.At)
		}
		for _, f := range x.Feeds {
			row := receiptRow{Name: masked(f.Title), Href: "/feeds/" + number(f.Feed), Day: inNumbers(l, f.Day), Month: inNumbers(l, f.Month), Why: inTongue(l, f.Why), Next: l.T("never")}
			if !f.Due.IsZero() {
				row.Next = nextText(l, f.Due, rc.At)
			}
			p.Rows = append(p.Rows, row)
		}
		p.Sum = receiptRow{Name: l.T("All"), Day: inNumbers(l, x.Day), Month: inNumbers(l, x.Month)}
		return true
	}
	return false
}

func nextText(l *words.Language, due, now time.Time) string {
	if !due.After(now) {
		return l.T("now")
	}
	return distance(l, due, now)
}

func inNumbers(l *words.Language, x feed.Exchange) exchange {
	e := exchange{l.Number(x.Requests), "–", bytesText(l, x.Received), bytesText(l, x.Saved), l.Number(x.Failed)}
	if x.Requests > 0 {
		e.Unchanged = l.T("%s %%", l.Decimal(100*x.Share(), 0))
	}
	return e
}

// gapText is the time between two requests.
func gapText(l *words.Language, d time.Duration) string {
	if d <= 0 {
		return l.T("none")
	}
	return d.Round(100 * time.Millisecond).String()
}
