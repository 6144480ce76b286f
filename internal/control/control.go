// Package control lets a second process command a running tidings.
//
// bbolt lets one process open a data file. So every command speaks to a
// [Handler]: that of the running server, through a private Unix socket beside
// the data file, or, where no server runs, one of its own process, through
// memory ([Local]). A command is thus written once, and a person needn't know
// which of the two it was.
//
// The protocol is JSON over HTTP and private to one version of the program; the
// socket is readable by its owner alone (mode 0600). Polls answer with a line of
// JSON for each feed as it ends, rebuilds with one for each step, backups with the
// bytes of the data file.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"tidings/internal/feed"
)

// Store is what commands need of the data file.
type Store interface {
	Subscriptions(ctx context.Context) ([]feed.Following, error)
	Lists(ctx context.Context) ([]feed.List, error)
	Stories(ctx context.Context, q feed.Query) (feed.Page, error)
	Story(ctx context.Context, id uint64) (feed.Full, error)
	Dissolved(ctx context.Context, story uint64) (uint64, error)
	Decisions(ctx context.Context) ([]feed.Decision, error)
	Unsubscribed(ctx context.Context) ([]feed.Unsubscribed, error)
	Stats(ctx context.Context) (feed.Stats, error)
	NextDue(ctx context.Context) (time.Time, bool, error)
	SetSetting(ctx context.Context, key string, value []byte) error
	Settings(ctx context.Context, prefix string) (map[string][]byte, error)
	Prefer(ctx context.Context, s feed.Scope, p feed.Preference) error
	Check(ctx context.Context) (feed.CheckReport, error)
	Repair(ctx context.Context) (feed.CheckReport, error)
	Backup(ctx context.Context, w io.Writer) (int64, error)
	Export(ctx context.Context, yield func(fact any) error) error
}

// Poller is what commands need of the poller.
type Poller interface {
	Subscribe(ctx context.Context, ws []feed.Wish) ([]feed.Addition, error)
	Discover(ctx context.Context, address string) ([]feed.Found, error)
	Remove(ctx context.Context, id uint64) error
	TakeBack(ctx context.Context, id uint64) (feed.Subscription, error)
	Receipt(ctx context.Context) (feed.Receipt, error)
	CancelNew(ctx context.Context) (int, error)
	Timetable() feed.Timetable
	SetTimetable(ctx context.Context, id uint64, t feed.Timetable) error
	Losses(ctx context.Context, c feed.KeepChange) (feed.Loss, error)
	Change(ctx context.Context, id uint64, c feed.Change) (feed.Subscription, error)
	Import(ctx context.Context, r feed.ImportRequest, line func(feed.ImportLine) error) (feed.ImportSum, error)
	PollList(ctx context.Context, id uint64) (feed.ImportReport, error)
	UnfollowList(ctx context.Context, id uint64) error
	Poll(ctx context.Context, r feed.PollRequest, begin func(n int), each func(feed.Outcome)) error
	Find(ctx context.Context, address string) ([]feed.Entry, error)
	FullText(ctx context.Context, entry uint64) (feed.FullText, error)
	Split(ctx context.Context, story, entry uint64) (feed.Decision, error)
	Join(ctx context.Context, a, b uint64) (feed.Decision, error)
	Undo(ctx context.Context, id uint64) (feed.Decision, error)
	SetRule(ctx context.Context, s feed.Scope, r feed.Rule) error
	Rebuild(ctx context.Context, report func(done, total int)) (feed.Rebuilt, error)
	Absorb(ctx context.Context, r io.ReaderAt, size int64, problem func(feed.Problem), progress func(done, total int)) (feed.Absorbed, error)
}

// Handler answers commands.
func Handler(s Store, p Poller, log *slog.Logger) http.Handler {
	h := handler{store: s, poller: p, log: log}
	mux := http.NewServeMux()
	mux.Handle("GET /feeds", answer(h.feeds))
	mux.Handle("GET /stats", answer(h.stats))
	mux.Handle("GET /receipt", answer(p.Receipt))
	mux.Handle("POST /cancel", answer(p.CancelNew))
	mux.Handle("GET /timetable", answer(h.timetable))
	mux.Handle("POST /timetable", ask(h.setTimetable))
	mux.Handle("POST /losses", ask(p.Losses))
	mux.Handle("POST /stories", ask(s.Stories))
	mux.Handle("POST /subscribe", ask(p.Subscribe))
	mux.Handle("POST /discover", ask(p.Discover))
	mux.Handle("POST /remove", ask(h.remove))
	mux.Handle("GET /unsubscribed", answer(s.Unsubscribed))
	mux.Handle("POST /takeback", ask(p.TakeBack))
	mux.Handle("POST /change", ask(h.change))
	mux.Handle("GET /lists", answer(s.Lists))
	mux.Handle("POST /lists/poll", ask(p.PollList))
	mux.Handle("POST /lists/unfollow", ask(h.unfollow))
	mux.Handle("GET /check", answer(s.Check))
	mux.Handle("POST /repair", answer(s.Repair))
	mux.Handle("POST /setting", ask(h.setting))
	mux.Handle("POST /clear", ask(h.clear))
	mux.Handle("POST /story", ask(h.story))
	mux.Handle("POST /find", ask(p.Find))
	mux.Handle("POST /fulltext", ask(p.FullText))
	mux.Handle("GET /decisions", answer(s.Decisions))
	mux.Handle("POST /split", ask(h.split))
	mux.Handle("POST /join", ask(h.join))
	mux.Handle("POST /undo", ask(p.Undo))
	mux.Handle("GET /rules", answer(h.rules))
	mux.Handle("POST /rule", ask(h.rule))
	mux.Handle("GET /preferences", answer(h.preferences))
	mux.Handle("POST /prefer", ask(h.prefer))
	mux.HandleFunc("POST /rebuild", h.rebuild)
	mux.HandleFunc("POST /poll", h.poll)
	mux.HandleFunc("POST /import", h.importList)
	mux.HandleFunc("GET /backup", h.backup)
	mux.HandleFunc("GET /archive", h.export)
	mux.HandleFunc("POST /archive", h.importArchive)
	return mux
}

type handler struct {
	store  Store
	poller Poller
	log    *slog.Logger
}

// Status is the sizes and the lateness that `tidings status` tells.
type Status struct {
	Stats feed.Stats
	Lag   time.Duration // how long the most overdue feed has waited
}

// setting is a value to be stored; an empty Value deletes it.
type setting struct {
	Key   string
	Value []byte
}

func (h handler) feeds(ctx context.Context) ([]feed.Following, error) {
	return h.store.Subscriptions(ctx)
}

func (h handler) stats(ctx context.Context) (Status, error) {
	st, err := h.store.Stats(ctx)
	if err != nil {
		return Status{}, err
	}
	due, ok, err := h.store.NextDue(ctx)
	if err != nil || !ok {
		return Status{Stats: st}, err
	}
	return Status{Stats: st, Lag: max(0, time.Since(due))}, nil
}

func (h handler) remove(ctx context.Context, id uint64) (struct{}, error) {
	return struct{}{}, h.poller.Remove(ctx, id)
}

func (h handler) setting(ctx context.Context, s setting) (struct{}, error) {
	return struct{}{}, h.store.SetSetting(ctx, s.Key, s.Value)
}

// clear deletes the settings whose keys begin with prefix.
func (h handler) clear(ctx context.Context, prefix string) (int, error) {
	all, err := h.store.Settings(ctx, prefix)
	if err != nil {
		return 0, err
	}
	for key := range all {
		if err := h.store.SetSetting(ctx, key, nil); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

func (h handler) backup(w http.ResponseWriter, r *http.Request) {
	h.send(w, "application/octet-stream", func() error {
		_, err := h.store.Backup(r.Context(), w)
		return err
	})
}

// whole is the trailer that tells a whole backup or archive from one that was cut off.
const whole = "Complete"

// send answers with what write writes.
func (h handler) send(w http.ResponseWriter, mediaType string, write func() error) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Trailer", whole)
	if err := write(); err != nil {
		h.log.Error("answer with a file", "type", mediaType, "err", err)
		panic(http.ErrAbortHandler) // the client must see a broken stream
	}
	w.Header().Set(whole, "yes")
}

// failure carries an error to the other process with what a person can do.
type failure struct {
	Message string
	Todo    string `json:",omitempty"`
	Kind    string `json:",omitempty"`
}

func failureOf(err error) failure {
	f := failure{Message: err.Error()}
	var hint *feed.Hint
	if errors.As(err, &hint) && hint == err {
		f.Message, f.Todo = hint.Err.Error(), hint.Todo
	}
	switch {
	case errors.Is(err, feed.ErrNotFound):
		f.Kind = "not found"
	case errors.Is(err, feed.ErrExists):
		f.Kind = "exists"
	}
	return f
}

func (f failure) err() error {
	err := errors.New(f.Message)
	switch f.Kind {
	case "not found":
		err = remote{err, feed.ErrNotFound}
	case "exists":
		err = remote{err, feed.ErrExists}
	}
	if f.Todo != "" {
		return feed.WithHint(err, f.Todo)
	}
	return err
}

// remote is another process's error that is one of our sentinels.
type remote struct {
	error
	is error
}

func (r remote) Unwrap() error { return r.is }

func fail(w http.ResponseWriter, err error) {
	w.WriteHeader(http.StatusUnprocessableEntity)
	json.NewEncoder(w).Encode(failureOf(err))
}

// answer serves a question without arguments.
func answer[A any](f func(context.Context) (A, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { reply(w)(f(r.Context())) }
}

// ask serves a question with one argument, the request's body.
func ask[Q, A any](f func(context.Context, Q) (A, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q Q
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			fail(w, fmt.Errorf("read the request: %w", err))
			return
		}
		a, err := f(r.Context(), q)
		reply(w)(a, err)
	}
}

func reply(w http.ResponseWriter) func(a any, err error) {
	return func(a any, err error) {
		if err != nil {
			fail(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(a)
	}
}
