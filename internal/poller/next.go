package poller

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tidings/internal/feed"
	"tidings/internal/schedule"
)

// due puts into a state when its feed is due again and why, after a poll at now, by
// [schedule.Next] under the terms of the claim.
func due(c feed.Claim, st *feed.State, now time.Time) {
	st.Due, st.Why = schedule.Next(*st, schedule.Terms{Timetable: c.Subscription.When, Crowd: c.Crowd}, now)
}

// termed gives a claim of a feed with the terms under which it is polled now: the
// reader's word of it over that of all feeds, and how crowded its site is.
func (p *Poller) termed(c feed.Claim) feed.Claim {
	c.Subscription.When = c.Subscription.When.Over(p.Timetable())
	c.Crowd = p.crowd.time(c.Subscription.Site, p.pace.spacing(c.Subscription.Site))
	return c
}

// next is when a feed is due whose last poll left a state, and why.
func (p *Poller) next(s feed.Subscription, st feed.State) (time.Time, string) {
	due(p.termed(feed.Claim{Subscription: s}), &st, st.Polled)
	return st.Due, st.Why
}

// Timetable is the reader's word about when all feeds are polled. Somebody may ask
// for it before Run has taken it up.
func (p *Poller) Timetable() feed.Timetable {
	if t := p.timetable.Load(); t != nil {
		return *t
	}
	t, err := feed.ReadTimetable(context.Background(), p.store)
	if err != nil {
		return feed.Timetable{} // Run says what is wrong
	}
	p.timetable.CompareAndSwap(nil, &t)
	return t
}

// SetTimetable sets when feeds are polled: one, or where id is 0 all that have no word
// of their own. They are due by it at once.
func (p *Poller) SetTimetable(ctx context.Context, id uint64, t feed.Timetable) error {
	if err := t.Check(); err != nil {
		return err
	}
	if id != 0 {
		_, err := p.Change(ctx, id, feed.Change{When: &t})
		return err
	}
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if t == (feed.Timetable{}) {
		b = nil
	}
	if err := p.store.SetSetting(ctx, feed.TimetableSetting, b); err != nil {
		return fmt.Errorf("set the timetable: %w", err)
	}
	p.timetable.Store(&t)
	return p.reschedule(ctx, nil)
}

// reschedule decides anew when feeds are due, all of them if ids is nil, as if they
// had been polled under the present terms. Those that were never polled are due now,
// or when a pause ends.
func (p *Poller) reschedule(ctx context.Context, ids []uint64) error {
	now := time.Now()
	_, err := p.store.Reschedule(ctx, ids, func(s feed.Subscription, st *feed.State) bool {
		if st.Gone {
			return false
		}
		at, why := p.next(s, *st)
		if st.Polled.IsZero() {
			at, why = now, ""
			if until := p.termed(feed.Claim{Subscription: s}).Subscription.When.Until; until.After(now) {
				at, why = until, "you paused it until then"
			}
		}
		if at.Before(now) {
			at = now.Add(schedule.Spread(st.Feed, time.Minute))
		}
		st.Due, st.Why = at, why
		return true
	})
	p.Wake()
	return err
}
