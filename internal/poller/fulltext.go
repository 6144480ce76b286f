package poller

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tidings/internal/article"
	"tidings/internal/clean"
	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/sanitize"
)

// Full texts are fetched from the pages of entries, because a person asked for one, or
// by themselves for the newest entries of feeds that want it always. A page waits for
// its site's turn like a feed, is asked for once, and again only where the entry was
// revised, then with the page's own validators. There is no queue to lose: what is
// still wanting follows from the store.
const (
	articleTypes = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
	maxPage      = 4 << 20          // bytes of a page, unpacked
	textsAtOnce  = 4                // sites whose pages are fetched by themselves at one time
	textsLooked  = 512              // entries that one look at the store gives
	textsEvery   = time.Hour        // between two looks, if nothing happens
	textRest     = 5 * time.Minute  // between two requests for one page, whoever asks (rule E4)
	turnIsNear   = 5 * time.Second  // a page isn't begun before its site's turn is so near
	turnIsFar    = 20 * time.Second // nor does a person wait for it longer
)

// textRetries is how long after each failure that may pass a page is asked for again by
// itself; there are no more.
func textRetries() []time.Duration { return []time.Duration{time.Hour, 6 * time.Hour} }

// texts is the state of fetching full texts.
type texts struct {
	wake chan struct{}

	mu    sync.Mutex
	pages map[uint64]chan struct{} // by entry: closed when its page has been had
	sites map[string]bool          // sites whose pages are being fetched by themselves
}

func newTexts() *texts {
	return &texts{wake: make(chan struct{}, 1), pages: map[uint64]chan struct{}{}, sites: map[string]bool{}}
}

// look makes the keeper look for entries without their text.
func (t *texts) look() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// take waits until nobody else fetches the entry's page; done lets others.
func (t *texts) take(ctx context.Context, entry uint64) (done func(), err error) {
	for {
		t.mu.Lock()
		under := t.pages[entry]
		if under == nil {
			under = make(chan struct{})
			t.pages[entry] = under
			t.mu.Unlock()
			return func() {
				t.mu.Lock()
				delete(t.pages, entry)
				t.mu.Unlock()
				close(under)
			}, nil
		}
		t.mu.Unlock()
		select {
		case <-under:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// begin takes a site for the keeper, if it isn't taken and others don't keep it busy.
func (t *texts) begin(site string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sites[site] || len(t.sites) >= textsAtOnce {
		return false
	}
	t.sites[site] = true
	return true
}

func (t *texts) end(site string) {
	t.mu.Lock()
	delete(t.sites, site)
	t.mu.Unlock()
	t.look()
}

// FullText fetches the text of an entry's page now, at the reader's wish, and keeps it.
// A page that was asked for within five minutes isn't asked again: what came of it is
// the answer, as is a failure, which is a value. The error is the store's, or tells
// that the site wants to be left alone.
func (p *Poller) FullText(ctx context.Context, entry uint64) (feed.FullText, error) {
	done, err := p.texts.take(ctx, entry)
	if err != nil {
		return feed.FullText{}, err
	}
	defer done()
	old, err := p.store.FullText(ctx, entry)
	if err != nil && !errors.Is(err, feed.ErrNotFound) {
		return old, err
	}
	if time.Since(old.Fetched) < textRest {
		return old, nil
	}
	t, err := p.fetchText(ctx, entry, old)
	return t, asked(err)
}

// fetchText asks for an entry's page and keeps what came of it. The error may be a
// *tooFar.
func (p *Poller) fetchText(ctx context.Context, entry uint64, old feed.FullText) (feed.FullText, error) {
	e, body, err := p.store.Entry(ctx, entry)
	if err != nil {
		return old, err
	}
	f, err := p.store.Subscription(ctx, e.Feed)
	if err != nil && !errors.Is(err, feed.ErrNotFound) {
		return old, err
	}
	if e.URL == "" {
		return feed.FullText{Entry: entry, Failure: feed.TextNoAddress, Error: "the entry has no page"}, nil
	}
	r := fetch.Request{URL: e.URL, Origin: f.Subscription.URL, Accept: articleTypes, MaxBody: maxPage}
	if r.Origin == "" {
		r.Origin = e.URL // of a feed that was removed: nothing is opened for it but its own host
	}
	if old.Text != "" && old.URL == e.URL {
		r.ETag, r.LastModified = old.ETag, old.LastModified
	}
	resp, err := p.askPage(ctx, r, old)
	far, _ := err.(*tooFar)
	switch {
	case ctx.Err() != nil:
		return old, ctx.Err()
	case far != nil && far.site == fetch.Site(e.URL): // it wasn't asked
		return old, err
	case far != nil:
		err = &fetch.Error{Kind: feed.FailureLimited, URL: e.URL, RetryAfter: time.Until(far.until), Err: far}
	}
	p.cpu <- struct{}{}
	t := gatherText(e, clean.Words(sanitize.Text(body.Text())), old, resp, err, time.Now())
	<-p.cpu
	p.log.Debug("full text", "entry", entry, "url", e.URL, "failure", t.Failure, "words", t.Words, "err", t.Error)
	return t, p.store.PutFullText(ctx, t)
}

// askPage makes the request when the site's turn has come, and learns how the site
// wants to be asked.
func (p *Poller) askPage(ctx context.Context, r fetch.Request, old feed.FullText) (*fetch.Response, error) {
	site := fetch.Site(r.URL)
	f, err := p.pace.wait(ctx, site, turnIsFar)
	if err != nil {
		return nil, err
	}
	w := &way{p: p, site: site, flight: f, most: turnIsFar}
	defer w.end()
	r.Turn = w.turn
	resp, err := p.fetch.Get(ctx, r)
	switch fe := fetchError(err); {
	case err == nil || fe != nil && fe.Status != 0 && fe.Kind != feed.FailureLimited:
		p.pace.note(w.site, verdict{}, time.Now())
	case fe != nil && fe.Kind == feed.FailureLimited:
		v := verdict{limited: true, again: old.Failure == feed.TextBusy}
		if fe.Status == http.StatusTooManyRequests {
			v.rest = min(max(fe.RetryAfter, time.Minute), siteRest)
		}
		p.pace.note(w.site, v, time.Now())
	}
	return resp, err
}

// gatherText turns the answer to the request for an entry's page into what is kept of
// it; own is how many words the feed's text has. It is a pure function. A text that was
// had before stays where a new one can't be.
func gatherText(e feed.Entry, own int, old feed.FullText, resp *fetch.Response, err error, now time.Time) feed.FullText {
	t := old
	t.Entry, t.Fetched, t.Revised = e.ID, now, e.Revised
	t.Failure, t.Status, t.Error, t.Again = feed.TextFine, 0, "", time.Time{}
	switch {
	case err != nil:
		return unanswered(t, err, now)
	case resp.NotModified:
		t.Tries = 0
		return t
	case resp.Cut != nil:
		return unanswered(t, resp.Cut, now)
	}
	t.Status = resp.Status
	a, err := article.Extract(resp.Body, resp.ContentType, resp.URL)
	words := clean.Words(sanitize.Text(a.Text))
	switch {
	case errors.Is(err, article.ErrNotHTML):
		return failed(t, feed.TextNotHTML, err)
	case errors.Is(err, article.ErrPaid), err == nil && a.Paid && words <= own:
		return failed(t, feed.TextPaid, article.ErrPaid)
	case err != nil:
		return failed(t, feed.TextUnreadable, err)
	case words < own:
		return failed(t, feed.TextLess, fmt.Errorf("the page shows %d words, and the feed %d", words, own))
	}
	t.URL, t.Title, t.Text, t.Words, t.Part, t.Tries = e.URL, a.Title, a.Text, words, a.Paid, 0
	t.ETag, t.LastModified = resp.ETag, resp.LastModified
	return t
}

// failed is t without a new text.
func failed(t feed.FullText, kind feed.TextFailure, err error) feed.FullText {
	t.Failure, t.Error = kind, err.Error()
	t.Tries++
	return t
}

// unanswered is t where there was no page to read.
func unanswered(t feed.FullText, err error, now time.Time) feed.FullText {
	fe := fetchError(err)
	if fe == nil {
		return failed(t, feed.TextFailed, err)
	}
	t.Status = fe.Status
	switch fe.Kind {
	case feed.FailureLimited:
		t = failed(t, feed.TextBusy, err)
	case feed.FailureMissing, feed.FailureGone:
		return failed(t, feed.TextMissing, err)
	case feed.FailureTooLarge:
		return failed(t, feed.TextTooLarge, err)
	case feed.FailureBlocked:
		return failed(t, feed.TextBlocked, err)
	case feed.FailureRefused:
		if fe.Status == http.StatusPaymentRequired {
			return failed(t, feed.TextPaid, err)
		}
		return failed(t, feed.TextRefused, err)
	default:
		t = failed(t, feed.TextFailed, err)
	}
	if waits := textRetries(); t.Tries <= len(waits) {
		t.Again = now.Add(max(waits[t.Tries-1], fe.RetryAfter))
	}
	return t
}

// keepTexts fetches the texts of feeds that want them always, until ctx ends. On demand
// there is nothing by itself.
func (p *Poller) keepTexts(ctx context.Context) {
	if p.o.OnDemand {
		return
	}
	var workers sync.WaitGroup
	defer workers.Wait()
	for ctx.Err() == nil {
		wait := time.NewTimer(p.startTexts(ctx, &workers))
		select {
		case <-wait.C:
		case <-p.texts.wake:
		case <-ctx.Done():
		}
		wait.Stop()
	}
}

// startTexts starts to fetch one page of each site whose turn is near, and tells when it
// is worth to look again.
func (p *Poller) startTexts(ctx context.Context, workers *sync.WaitGroup) time.Duration {
	now := time.Now()
	es, next, err := p.store.WantTexts(ctx, now, textsLooked)
	if err != nil {
		if ctx.Err() == nil {
			p.log.Error("look for entries without their full text", "err", err)
		}
		return textsEvery
	}
	wait := textsEvery
	if !next.IsZero() {
		wait = min(wait, next.Sub(now))
	}
	for _, e := range es {
		site := fetch.Site(e.URL)
		if turn := p.pace.next(site).Sub(now); turn > turnIsNear {
			wait = min(wait, turn)
			continue
		}
		if p.texts.begin(site) {
			workers.Go(func() { p.keepText(ctx, e.ID, site) })
		}
	}
	return max(wait, time.Second)
}

// keepText fetches one page. Where what came of it can't be kept, its site is let go only
// when it is time to look again, so that it isn't asked for the same page over and over.
func (p *Poller) keepText(ctx context.Context, entry uint64, site string) {
	defer p.texts.end(site)
	done, err := p.texts.take(ctx, entry)
	if err != nil {
		return
	}
	defer done()
	old, err := p.store.FullText(ctx, entry)
	if err == nil || errors.Is(err, feed.ErrNotFound) {
		_, err = p.fetchText(ctx, entry, old)
	}
	if _, far := err.(*tooFar); err == nil || far || ctx.Err() != nil || errors.Is(err, feed.ErrNotFound) {
		return
	}
	p.log.Error("keep a full text", "entry", entry, "err", err)
	_ = pause(ctx, textsEvery, nil)
}
