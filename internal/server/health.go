package server

import (
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// health is how a feed is doing: in a word, with the reason and the first day, and what
// a person can do.
type health struct {
	State  string // see condition: a style
	Word   string // "Failing"
	Text   string // why, and since when; empty where the word says all
	Detail string // the error as it was noted; empty for none
	Todo   string
}

// The conditions of feeds, the worst first: names of styles, and of choices in lists.
const (
	isDead    = "dead"    // has failed for long
	isGone    = "gone"    // its publisher ended it
	isFailing = "failing" // fails, and won't mend by itself
	isWaiting = "waiting" // wasn't reached once or twice, asked for a pause, or came empty
	isStale   = "stale"   // answers, but brings nothing for long
	isNew     = "new"     // not polled yet
	isPaused  = "paused"
	isFine    = "fine"
)

// condition is what the word for a feed's health is about.
func condition(x *feed.Following, now time.Time) string {
	st := &x.State
	if a := feed.Ail(x.Subscription, *st, now); a.Name != "" {
		return a.Name
	}
	switch {
	case x.Subscription.Paused, x.Subscription.When.Until.After(now):
		return isPaused
	case st.Gone:
		return isGone
	case st.Failure == feed.FailureLimited && st.Failures > 0, st.Failure == feed.FailureTemporary && st.Failures > 0 && st.Failures < 3:
		return isWaiting
	case st.Failures > 0:
		return isFailing
	case st.Polled.IsZero():
		return isNew
	case st.Empty:
		return isWaiting
	}
	return isFine
}

func newHealth(l *words.Language, x feed.Following, now time.Time) health {
	st := x.State
	h := health{State: condition(&x, now)}
	switch h.State {
	case isDead, isStale:
		return ailing(l, x, now)
	case isPaused:
		h.Word, h.Todo = l.T("Paused"), l.T("Not polled until you resume it.")
		if !x.Subscription.Paused {
			h.Text, h.Todo = l.T("Until %s.", dayText(l, x.Subscription.When.Until)), ""
		}
	case isGone:
		h.Word, h.Text = l.T("Gone"), l.T("The publisher says that this feed has ended.")
		h.Todo = l.T("What it brought stays; unsubscribe, or give it a new address.")
	case isNew:
		h.Word, h.Text = l.T("New"), l.T("Not polled yet.")
	case isFine:
		h.Word = l.T("Well")
	default:
		return troubled(l, st)
	}
	return h
}

func dayText(l *words.Language, t time.Time) string { return l.Date("2 January 2006", t.Local()) }

// ailing words the marks of feeds that have brought nothing for long.
func ailing(l *words.Language, x feed.Following, now time.Time) health {
	a := feed.Ail(x.Subscription, x.State, now)
	if a.Name == isDead {
		return health{
			State: isDead, Word: l.T("Dead"), Detail: sentence(inTongue(l, x.State.Error)),
			Text: l.T("Dead since %s: every poll has failed since %s.", dayText(l, a.Since), dayText(l, a.From)),
			Todo: l.T("Look on the site for the feed’s new address and change it here, or unsubscribe. It is still asked now and then, and what it brought stays."),
		}
	}
	h := health{
		State: isStale, Word: l.T("Stale"), Text: l.T("Stale since %s: no new entry since %s.", dayText(l, a.Since), dayText(l, a.From)),
		Todo: l.T("See on the site whether it goes on elsewhere. It is still asked, and what it brought stays."),
	}
	if a.Usual > 0 {
		h.Text = l.T("Stale since %s: no new entry since %s, where it used to pause for %s at most.", dayText(l, a.Since), dayText(l, a.From), span(l, a.Usual))
	}
	return h
}

// troubled words a run of failures, or a document that came empty.
func troubled(l *words.Language, st feed.State) health {
	if st.Failures == 0 {
		return health{
			State: isWaiting, Word: l.T("Suspicious"), Text: l.T("The last document had no entries although earlier ones had."),
			Todo: l.T("Nothing is lost or changed; the next poll looks again."),
		}
	}
	h := health{State: isFailing, Word: l.T("Failing"), Detail: sentence(inTongue(l, st.Error)), Todo: todo(l, st.Failure)}
	switch {
	case st.Failure == feed.FailureLimited:
		h.State, h.Word = isWaiting, l.T("Waiting")
	case st.Failure == feed.FailureTemporary && st.Failures < 3:
		h.State, h.Word = isWaiting, l.T("Not reached")
	}
	h.Text = wrong(l, st.Failure)
	if !st.Since.IsZero() {
		h.Text += " " + l.N("Since %s, %d poll.", "Since %s, %d polls in a row.", st.Failures, dayText(l, st.Since), st.Failures)
	}
	return h
}

// wrong words a kind of failure.
func wrong(l *words.Language, kind feed.FailureKind) string {
	switch kind {
	case feed.FailureLimited:
		return l.T("The publisher asks for a pause.")
	case feed.FailureRefused:
		return l.T("The publisher refuses access.")
	case feed.FailureMissing:
		return l.T("There is nothing at its address.")
	case feed.FailureTooLarge:
		return l.T("It is too large.")
	case feed.FailureBlocked:
		return l.T("Its address leads into a private network.")
	case feed.FailureNotFeed:
		return l.T("What is at its address is no feed.")
	}
	return l.T("It can’t be reached, or its server is in trouble.")
}

// todo is what a person can do about a kind of failure.
func todo(l *words.Language, kind feed.FailureKind) string {
	switch kind {
	case feed.FailureTemporary:
		return l.T("Usually mends itself; polled again later.")
	case feed.FailureLimited:
		return l.T("The pause is kept, then it is polled again.")
	case feed.FailureRefused:
		return l.T("See in a browser whether the feed wants a login or has moved.")
	case feed.FailureMissing:
		return l.T("Look on the site for a new feed address, and change it here.")
	case feed.FailureTooLarge:
		return l.T("The publisher may offer a shorter feed.")
	case feed.FailureBlocked:
		return l.T("If that is meant, start tidings with --allow-private.")
	case feed.FailureNotFeed:
		return l.T("Look on the site for its feed.")
	}
	return ""
}
