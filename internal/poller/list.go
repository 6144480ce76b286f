package poller

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/opml"
	"tidings/internal/schedule"
)

// daily is the least time between two polls of a followed list by schedule, however
// they end (rules E4 and E7).
const daily = 24 * time.Hour

// listTypes is what is asked for where a list of feeds is meant.
const listTypes = "text/x-opml, application/xml, text/xml, */*;q=0.5"

// maxList is the limit of a list in bytes: that of package opml, which tells of what
// is beyond it, and one more.
const maxList = 20<<20 + 1

// lists is the state of polling followed lists.
type lists struct {
	turn chan struct{} // holds a token while one is polled: they are asked one after another
	wake chan struct{} // tells keepLists that there is a new one
}

func newLists() lists { return lists{turn: make(chan struct{}, 1), wake: make(chan struct{}, 1)} }

// take waits for the turn, until ctx ends; done gives it back.
func (l *lists) take(ctx context.Context) (done func(), err error) {
	select {
	case l.turn <- struct{}{}:
		return func() { <-l.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// keepLists polls followed lists when they are due, until ctx ends. On demand there
// is no schedule.
func (p *Poller) keepLists(ctx context.Context) {
	if p.o.OnDemand {
		return
	}
	for ctx.Err() == nil {
		wait := time.NewTimer(p.pollDueLists(ctx))
		select {
		case <-wait.C:
		case <-p.lists.wake:
		case <-ctx.Done():
		}
		wait.Stop()
	}
}

// pollDueLists polls the lists that are due, and tells in how long it is worth to
// look again.
func (p *Poller) pollDueLists(ctx context.Context) time.Duration {
	done, err := p.lists.take(ctx)
	if err != nil {
		return daily
	}
	defer done()
	all, err := p.store.Lists(ctx)
	if err != nil {
		if ctx.Err() == nil {
			p.log.Error("read the followed lists", "err", err)
		}
		return time.Minute
	}
	soon := daily
	for _, l := range all {
		switch left := time.Until(l.State.Due); {
		case l.State.Gone:
		case left > 0:
			soon = min(soon, left)
		default:
			if _, err := p.pollList(ctx, l); err != nil && ctx.Err() == nil {
				p.log.Warn("poll a followed list", "list", l.URL, "err", err)
				soon = min(soon, time.Minute) // it could not be kept; failures of the list itself make it due later
			}
		}
	}
	return soon
}

// PollList polls a followed list now, at the reader's wish, and reports what came of
// it; a document that is unchanged gives no lines. The error says why the list
// could not be read, or that it was asked within the last five minutes (rule E4), or
// that its publisher asked to wait.
func (p *Poller) PollList(ctx context.Context, id uint64) (feed.ImportReport, error) {
	done, err := p.lists.take(ctx)
	if err != nil {
		return feed.ImportReport{}, err
	}
	defer done()
	all, err := p.store.Lists(ctx)
	if err != nil {
		return feed.ImportReport{}, err
	}
	for _, l := range all {
		if l.ID == id {
			return p.pollAsked(ctx, l)
		}
	}
	return feed.ImportReport{}, fmt.Errorf("poll list %d: %w", id, feed.ErrNotFound)
}

// pollAsked polls a list at the reader's wish, unless that would be rude.
func (p *Poller) pollAsked(ctx context.Context, l feed.List) (feed.ImportReport, error) {
	now := time.Now()
	if until := l.State.NotBefore; until.After(now) {
		return feed.ImportReport{}, feed.WithHint(fmt.Errorf("poll the list %s: its publisher asked to wait until %s", l.Name(), until.Local().Format("2 Jan 15:04")), "it is polled then by itself")
	}
	if now.Sub(l.State.Polled) < floor(l.State) {
		return feed.ImportReport{}, feed.WithHint(fmt.Errorf("poll the list %s: it was asked a moment ago", l.Name()), "wait for five minutes; it is polled once a day by itself")
	}
	report, err := p.pollList(ctx, l)
	if err != nil {
		return report, err
	}
	return report, p.listError(ctx, l.ID)
}

// listError is the failure that the last poll of a list left; nil for none.
func (p *Poller) listError(ctx context.Context, id uint64) error {
	all, err := p.store.Lists(ctx)
	if err != nil {
		return err
	}
	for _, l := range all {
		if l.ID == id && l.State.Failures > 0 {
			return errors.New(l.State.Error)
		}
	}
	return nil
}

// UnfollowList ends following a list; its feeds stay.
func (p *Poller) UnfollowList(ctx context.Context, id uint64) error {
	done, err := p.lists.take(ctx)
	if err != nil {
		return err
	}
	defer done()
	return p.store.UnfollowList(ctx, id)
}

// pollList asks for one list and commits what it says. A failure of the list is a
// value in its state; the error is the store's, or ctx's.
func (p *Poller) pollList(ctx context.Context, l feed.List) (feed.ImportReport, error) {
	resp, err := p.turn(ctx, fetch.Request{URL: l.URL, ETag: l.State.ETag, LastModified: l.State.LastModified, Accept: listTypes, MaxBody: maxList})
	if far, ok := err.(*tooFar); ok {
		return feed.ImportReport{}, asked(far)
	}
	if ctx.Err() != nil {
		return feed.ImportReport{}, ctx.Err()
	}
	return p.commitList(ctx, l, resp, err)
}

// commitList keeps what an answer says about a list, and reports it.
func (p *Poller) commitList(ctx context.Context, l feed.List, resp *fetch.Response, err error) (feed.ImportReport, error) {
	refiled, again := p.refiled(ctx)
	if again != nil {
		return feed.ImportReport{}, again
	}
	h, plan := gatherList(l, refiled, resp, err, time.Now())
	u, err := p.store.CommitList(ctx, h, time.Now())
	if err != nil {
		return feed.ImportReport{}, err
	}
	p.joined(u.Additions)
	report := feed.ImportReport{Title: l.Title, List: l.ID}
	if plan != nil {
		report = plan.report(u.Additions)
		report.List = l.ID
	}
	p.log.Info("polled a followed list", "list", l.URL, "added", report.Count(feed.ImportAdded), "vanished", u.Vanished, "err", h.State.Error)
	return report, nil
}

// refiled are the folders that the reader renamed or deleted, and that no feed is in
// again: what appears in a followed list under an old name goes where its neighbours
// went.
func (p *Poller) refiled(ctx context.Context) (feed.Refiled, error) {
	settings, err := p.store.Settings(ctx, feed.SettingRefiled)
	if err != nil || len(settings) == 0 {
		return nil, err
	}
	outlets, err := p.store.Outlets(ctx)
	if err != nil {
		return nil, err
	}
	var folders []string
	for _, o := range outlets {
		folders = append(folders, o.Folder)
	}
	return feed.ReadRefiled(settings).Without(folders), nil
}

// gatherList turns the answer to the poll of a list into what there is to commit. It
// is a pure function. The plan is nil where no document was read.
func gatherList(l feed.List, refiled feed.Refiled, resp *fetch.Response, err error, now time.Time) (feed.ListHarvest, *plan) {
	c := feed.Claim{Subscription: feed.Subscription{ID: l.ID, URL: l.URL, Site: l.Site}, State: l.State}
	c.State.Feed = l.ID
	h := feed.ListHarvest{List: l.ID}
	var read *plan
	switch {
	case err == nil && !resp.NotModified && (resp.Hash != l.State.BodyHash || l.State.Document.IsZero()):
		read, err = readList(l, refiled, resp)
	case err == nil && resp.NotModified && l.State.Document.IsZero():
		err = &fetch.Error{Kind: feed.FailureTemporary, URL: l.URL, Err: errors.New("it answers that nothing changed, and was never read")}
	}
	if err != nil {
		h.State = failure(c, err, now).harvest.State
		h.State.Due = nextList(h.State, now)
		return h, nil
	}
	st := answered(c.State, resp, now)
	if read != nil {
		h.Read, h.Cut, h.Title, h.Wishes = true, read.list.Cut, read.list.Title, read.wishes
		st.Document = now
	}
	if !resp.NotModified && !h.Cut { // what was cut off is to come whole the next time
		st.ETag, st.LastModified, st.BodyHash = resp.ETag, resp.LastModified, resp.Hash
	}
	if h.URL = moved(c, &st, resp); h.URL != "" {
		h.Canonical, h.Site = canonical(h.URL), fetch.Site(h.URL)
	}
	st.Due = nextList(st, now)
	h.State = st
	return h, read
}

// readList reads a followed list. Lists that it includes are not followed with it:
// each would have to be asked daily too, and is better followed by itself.
func readList(l feed.List, refiled feed.Refiled, resp *fetch.Response) (*plan, error) {
	list, err := opml.ReadAt(bytes.NewReader(resp.Body), resp.URL, opml.Limits{})
	if err != nil {
		return nil, &fetch.Error{Kind: feed.FailureNotFeed, Status: resp.Status, URL: resp.URL, Err: err}
	}
	list.Unfollowed()
	return newPlan(list, l.Folder, refiled), nil
}

// nextList is when a list is due again: a day later, spread like [next], or when
// its publisher asked for, or never.
func nextList(st feed.State, now time.Time) time.Time {
	if st.Gone {
		return time.Time{}
	}
	due, _ := schedule.Next(st, schedule.Terms{}, now)
	if least := now.Add(daily + schedule.Spread(st.Feed, daily)); due.Before(least) {
		return least
	}
	return due
}
