package feed

import "errors"

// Errors that rooms share. They are wrapped; use [errors.Is].
var (
	ErrNotFound = errors.New("not found")        // no such feed, story or entry
	ErrExists   = errors.New("already there")    // the address is subscribed to already
	ErrLocked   = errors.New("data file in use") // another process has the data file open
	ErrNewer    = errors.New("data file is from a newer tidings")
)

// FailureKind is why a poll failed; it decides when to come back.
type FailureKind string

// The kinds of failure.
const (
	FailureNone      FailureKind = ""
	FailureTemporary FailureKind = "temporary"  // network, timeout, 5xx: try again later
	FailureLimited   FailureKind = "limited"    // 429 or 503: the publisher asks us to wait
	FailureRefused   FailureKind = "refused"    // 401, 403 and other 4xx
	FailureMissing   FailureKind = "missing"    // 404
	FailureGone      FailureKind = "gone"       // 410: stop
	FailureTooLarge  FailureKind = "too large"  // more than the limit
	FailureBlocked   FailureKind = "blocked"    // address that must not be dialled, or a bad redirect
	FailureNotFeed   FailureKind = "not a feed" // an answer that is no feed
)

// Hint is an error with a sentence that tells a person what to do.
type Hint struct {
	Err  error
	Todo string
}

func (h *Hint) Error() string { return h.Err.Error() + " (" + h.Todo + ")" }
func (h *Hint) Unwrap() error { return h.Err }

// WithHint adds to err what a person can do about it.
func WithHint(err error, todo string) error {
	if err == nil {
		return nil
	}
	return &Hint{Err: err, Todo: todo}
}
