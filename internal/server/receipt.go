package server

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"tidings/internal/feed"
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
	p := receiptPage{Site: r.URL.Query().Get("site")}
	if p.Site == "" {
		p.sites(rc)
	} else if !p.feeds(rc) {
		return notFound("No feed of yours is on that site.")
	}
	if n := len(p.Rows); n > receiptMost {
		p.Rows, p.More = p.Rows[:receiptMost], "And "+group(n-receiptMost)+" more, which `tidings feeds --receipt` lists."
	}
	if p.Frame, err = s.frame(r, "Receipt · tidings", "feeds"); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return s.render(w, r, http.StatusOK, "receipt", p)
}

// sites lists all sites.
func (p *receiptPage) sites(rc feed.Receipt) {
	var day, month feed.Exchange
	for _, x := range rc.Sites {
		day, month = day.Add(x.Day), month.Add(x.Month)
		row := receiptRow{Name: x.Site, Href: "/receipt?site=" + url.QueryEscape(x.Site), Day: inNumbers(x.Day), Month: inNumbers(x.Month), Spacing: gapText(x.Spacing)}
		switch {
		case x.Rests.After(rc.At):
			row.Note = "Left alone until " + x.Rests.Local().Format("15:04") + ", as it asked"
		case !x.Complained.IsZero():
			row.Note = "Asked us to slow down " + distance(x.Complained, rc.At)
		}
		p.Rows = append(p.Rows, row)
	}
	p.Sum = receiptRow{Name: "All", Day: inNumbers(day), Month: inNumbers(month)}
}

// feeds lists the feeds of the page's site, if there are any.
func (p *receiptPage) feeds(rc feed.Receipt) bool {
	for _, x := range rc.Sites {
		if x.Site != p.Site {
			continue
		}
		p.Where = &siteNote{Spacing: gapText(x.Spacing)}
		if x.Rests.After(rc.At) {
			p.Where.Rests = x.Rests.Local().Format("15:04")
		}
		if !x.Complained.IsZero() {
			p.Where.Complained = distance(x.Complained, rc.At)
		}
		for _, f := range x.Feeds {
			row := receiptRow{Name: masked(f.Title), Href: "/feeds/" + number(f.Feed), Day: inNumbers(f.Day), Month: inNumbers(f.Month), Why: f.Why, Next: "never"}
			if !f.Due.IsZero() {
				row.Next = nextText(f.Due, rc.At)
			}
			p.Rows = append(p.Rows, row)
		}
		p.Sum = receiptRow{Name: "All", Day: inNumbers(x.Day), Month: inNumbers(x.Month)}
		return true
	}
	return false
}

func nextText(due, now time.Time) string {
	if !due.After(now) {
		return "now"
	}
	return distance(due, now)
}

func inNumbers(x feed.Exchange) exchange {
	e := exchange{group(x.Requests), "–", bytesText(x.Received), bytesText(x.Saved), group(x.Failed)}
	if x.Requests > 0 {
		e.Unchanged = fmt.Sprintf("%.0f %%", 100*x.Share())
	}
	return e
}

// gapText is the time between two requests.
func gapText(d time.Duration) string {
	if d <= 0 {
		return "none"
	}
	return d.Round(100 * time.Millisecond).String()
}
