package poller

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"tidings/internal/clean"
	"tidings/internal/dedup"
	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/parse"
	"tidings/internal/schedule"
)

// harvested is a harvest on its way to the committer, with what to tell people.
type harvested struct {
	job      *job
	claim    feed.Claim
	harvest  feed.Harvest
	sketches []dedup.Sketch // of harvest.Arrivals
	outcome  feed.Outcome
	pushed   bool          // a hub sent it, and nobody was asked
	lag      time.Duration // between when the feed was due and when it was asked
}

// gather turns the answer to one poll into what there is to commit. It is a
// pure function of its arguments; known gives what the store remembers of the
// feed's entries and is asked only when there is a new document to read.
func gather(c feed.Claim, resp *fetch.Response, err error,
	known func() (map[feed.Key]feed.Known, error), now time.Time) harvested {
	if err != nil {
		return failure(c, err, now)
	}
	h := harvested{claim: c, outcome: feed.Outcome{Feed: c.Subscription.ID, URL: c.Subscription.URL,
		Title: feed.Name(c.Subscription, c.State), Status: "unchanged", Bytes: resp.Bytes, HTTP: resp.Status, Finished: now}}
	st := answered(c.State, resp, now)
	if !resp.NotModified && (resp.Hash != c.State.BodyHash || c.State.Document.IsZero()) {
		doc, err := parse.Parse(resp.Body, resp.ContentType)
		switch {
		case resp.Cut != nil && (err != nil || len(doc.Items) == 0):
			return failure(c, resp.Cut, now) // not even one item came whole
		case err != nil:
			return failure(c, notFeed(err, resp), now)
		}
		remembered, err := known()
		if err != nil {
			return failure(c, &fetch.Error{Kind: feed.FailureTemporary, URL: c.Subscription.URL, Err: err}, now)
		}
		r := reading{claim: c, now: now, known: remembered, clean: clean.New(doc, resp.URL, now), part: resp.Delta || resp.Cut != nil}
		if r.ranEmpty() {
			return h.suspicious(st, now)
		}
		h.harvest, h.sketches = r.read(&st)
		keep(&st, resp, doc.Mended)
		h.count()
	}
	validate(&st, resp)
	announced(&st, resp)
	h.harvest.Feed = c.Subscription.ID
	if h.harvest.URL = moved(c, &st, resp); h.harvest.URL != "" {
		h.harvest.Canonical, h.harvest.Site = canonical(h.harvest.URL), fetch.Site(h.harvest.URL)
	}
	st.Rhythm = passed(st.Rhythm, now)
	due(c, &st, now)
	h.harvest.State = st
	return h
}

// suspicious is the harvest of a document that ran empty. It changes nothing but
// that the feed answered, and how: the validators stay those of the last document
// with entries, so that the next poll asks for all that came since.
func (h harvested) suspicious(st feed.State, now time.Time) harvested {
	st.Empty = true
	st.Hints.MaxAge = h.claim.State.Hints.MaxAge
	due(h.claim, &st, now)
	h.outcome.Status, h.outcome.Error = "suspicious", "no entries where there were some; nothing is changed"
	h.harvest = feed.Harvest{Feed: h.claim.Subscription.ID, State: st}
	return h
}

// keep notes by what a document is known again, and what is wrong with it. One that
// broke off is to be read again.
func keep(st *feed.State, resp *fetch.Response, mended []string) {
	st.Mended = hints(mended)
	if resp.Cut == nil {
		st.BodyHash = resp.Hash
		return
	}
	st.Mended = hints(append([]string{"the answer broke off, and is asked for again: " + resp.Cut.Error()}, mended...))
}

// validate keeps the validators of a document with the entries they stand for, never
// before (rule E1). A document that broke off leaves those of the last whole one, so
// that the next poll asks for all that came since; so does a 226 without a tag.
func validate(st *feed.State, resp *fetch.Response) {
	if resp.NotModified || resp.Cut != nil || resp.Delta && resp.ETag == "" {
		return
	}
	st.ETag, st.LastModified = resp.ETag, resp.LastModified
}

// announced takes the hubs of the header, which come before those of the document
// (WebSub §4).
func announced(st *feed.State, resp *fetch.Response) {
	if len(resp.Hubs) == 0 {
		return
	}
	hubs := slices.Clone(resp.Hubs)
	for _, hub := range st.Hubs {
		if len(hubs) < feed.MostHubs && !slices.Contains(hubs, hub) {
			hubs = append(hubs, hub)
		}
	}
	st.Hub, st.Hubs = hubs[0], hubs
	if resp.Self != "" {
		st.Self = resp.Self
	}
}

// hints bounds what a state keeps of what was mended: they are hints, and no log.
func hints(mended []string) []string {
	out := slices.Clone(mended[:min(len(mended), 8)])
	for i, s := range out {
		out[i] = strings.ToValidUTF8(s[:min(len(s), 200)], "")
	}
	return out
}

// count fills the outcome from the harvest.
func (h *harvested) count() {
	for _, a := range h.harvest.Arrivals {
		if a.New {
			h.outcome.New++
		} else {
			h.outcome.Revised++
		}
	}
	if h.outcome.New > 0 {
		h.outcome.Status = "new"
	}
}

// answered is the state after a poll that succeeded, before anything was read.
func answered(st feed.State, resp *fetch.Response, now time.Time) feed.State {
	st.Polled, st.Answered, st.HTTP, st.Lease = now, now, resp.Status, time.Time{}
	st.Failures, st.Failure, st.Error, st.Since = 0, feed.FailureNone, "", time.Time{}
	st.NotBefore, st.Gone, st.Empty = time.Time{}, false, false
	st.Hints.MaxAge = resp.MaxAge
	if resp.RetryAfter > 0 {
		st.NotBefore = now.Add(min(resp.RetryAfter, schedule.Patience))
	}
	st.Ledger = spent(st.Ledger, resp, now)
	if resp.NotModified {
		renew(&st, resp)
	}
	return st
}

// renew takes from a 304 the validators of the document that we have. One that
// differs is of a document we never read, whose entries it would hide (RFC 9111
// §4.3.4 has a cache ignore it).
func renew(st *feed.State, resp *fetch.Response) {
	if resp.LastModified != "" && (st.LastModified == "" || st.ETag != "" && resp.ETag == st.ETag) {
		st.LastModified = resp.LastModified
	}
	if resp.ETag != "" && (st.ETag == "" || strings.TrimPrefix(resp.ETag, "W/") == strings.TrimPrefix(st.ETag, "W/")) {
		st.ETag = resp.ETag
	}
}

// A subscription follows a permanent redirect for good once so many polls in a row
// have seen it, or all those of so long a time (rule E9).
const (
	sightings = 3
	sighted   = 24 * time.Hour
)

// moved notes a permanent redirect to a valid feed, and gives the address that
// the subscription moves to, empty if it stays.
func moved(c feed.Claim, st *feed.State, resp *fetch.Response) string {
	if !resp.Permanent || resp.URL == c.Subscription.URL {
		st.Moved, st.Sightings, st.MovedSince = "", 0, time.Time{}
		return ""
	}
	if st.Moved != resp.URL {
		st.Moved, st.Sightings, st.MovedSince = resp.URL, 0, st.Polled
	}
	if st.Sightings++; st.Sightings < sightings && (st.MovedSince.IsZero() || st.Polled.Sub(st.MovedSince) < sighted) {
		return ""
	}
	st.Moved, st.Sightings, st.MovedSince = "", 0, time.Time{}
	return resp.URL
}

// notFeed tells a person what came instead of a feed.
func notFeed(err error, resp *fetch.Response) error {
	var nf *parse.NotFeed
	todo := "open the address in a browser; the site may have moved its feed"
	if errors.As(err, &nf) && len(nf.Links) > 0 {
		todo = "the page links to a feed: " + nf.Links[0].URL
	}
	return &fetch.Error{Kind: feed.FailureNotFeed, Status: resp.Status, URL: resp.URL, Err: feed.WithHint(err, todo)}
}

// failure is the harvest of a poll that failed: a state, and nothing lost. The
// validators stay those of the last document that was kept.
func failure(c feed.Claim, err error, now time.Time) harvested {
	fe := fetchError(err)
	if fe == nil {
		fe = &fetch.Error{Kind: feed.FailureTemporary, URL: c.Subscription.URL, Err: err}
	}
	st := c.State
	st.Polled, st.HTTP, st.Lease = now, fe.Status, time.Time{}
	if st.Failures == 0 {
		st.Since = now
	}
	st.Failures++
	st.Failure, st.Error = fe.Kind, fe.Error()
	st.NotBefore = time.Time{}
	if fe.RetryAfter > 0 {
		st.NotBefore = now.Add(min(fe.RetryAfter, schedule.Patience))
	}
	st.Gone = fe.Status == http.StatusGone
	st.Ledger = st.Ledger.Note(now, feed.Exchange{Requests: 1 + len(fe.Hops), Failed: 1})
	due(c, &st, now)
	o := feed.Outcome{Feed: c.Subscription.ID, URL: c.Subscription.URL, Title: feed.Name(c.Subscription, c.State),
		Status: "failed", Error: st.Error, HTTP: fe.Status, Finished: now}
	if st.Gone {
		o.Status = "gone"
	}
	return harvested{claim: c, harvest: feed.Harvest{Feed: c.Subscription.ID, State: st}, outcome: o}
}

// postponed is the harvest of a claim that is put back, because its site asked to
// be left alone: nothing was asked, and nothing learned.
func postponed(j *job, until time.Time) harvested {
	c := j.claim
	st := c.State
	st.Lease, st.Due = time.Time{}, until.Add(schedule.Spread(st.Feed, time.Minute))
	st.Why = restReason(c.Subscription.Site, until)
	o := feed.Outcome{Feed: c.Subscription.ID, URL: c.Subscription.URL, Title: feed.Name(c.Subscription, c.State),
		Status: "waiting", Error: restReason(c.Subscription.Site, until), Finished: time.Now()}
	return harvested{job: j, claim: c, harvest: feed.Harvest{Feed: c.Subscription.ID, State: st}, outcome: o}
}

func restReason(site string, until time.Time) string {
	return site + " asked to be left alone; it is asked again after " + until.Local().Format("15:04")
}

func fetchError(err error) *fetch.Error {
	var fe *fetch.Error
	if errors.As(err, &fe) {
		return fe
	}
	return nil
}
