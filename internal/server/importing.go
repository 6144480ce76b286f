package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"tidings/internal/feed"
	"tidings/internal/opml"
	"tidings/internal/words"
)

// maxImport bounds a file of subscriptions, in bytes.
const maxImport = 20 << 20

// reportLines is how many lines a page of a report has.
const reportLines = 500

// importPage reports what came of an import, line by line.
type importPage struct {
	Frame
	Report  outcome
	Lines   []reportLine // of this page
	Summary string
	Pages   []pageLink // where there are several
}

// pageLink leads to a page of something long.
type pageLink struct {
	Text, Href string
	Current    bool
}

// report is what an import did, or has done so far. It waits on the shelf; its lines,
// which may be as many as a list has, in files.
type report struct {
	mu sync.Mutex // of what follows, while the import goes on
	outcome

	wrong, right ream // its lines: those that failed, and the others
}

// outcome sums an import up.
type outcome struct {
	Running  bool   // there is more to come
	Source   string // name of the file, or address
	Followed bool   // the list is followed from now on
	Added    int
	Known    int
	Failed   int
	Removed  int    // starter feeds that made room
	Problem  string // the whole file could not be read
}

// reportLine is one outline of the file.
type reportLine struct {
	State  string // of [feed.ImportState]: a style
	Said   string // the state in words
	Title  string
	URL    string
	Folder string
	Reason string // why it failed, or what else is to be said
	Feed   string // number of the subscription
	Place  string // "Line 12", with the included list's address before it
	Poll   string // how its first poll went; filled when it is shown
}

// importList reads OPML from a file or an address and subscribes to what is in it.
func (s *Server) importList(w http.ResponseWriter, r *http.Request) error {
	defer func() {
		if r.MultipartForm != nil {
			_ = r.MultipartForm.RemoveAll()
		}
	}()
	req, source, err := uploaded(w, r)
	if err != nil {
		return err
	}
	if req.Body != nil { // a form's file goes when its request ends, and the import may take longer
		b, err := io.ReadAll(req.Body)
		if err != nil {
			return formError(err)
		}
		req.Body = bytes.NewReader(b)
	}
	rep := &report{outcome: outcome{Running: true, Source: masked(source)}}
	done := make(chan error, 1)
	replace := r.FormValue("replace") != ""
	s.errand(r.Context(), func(ctx context.Context) { done <- s.take(ctx, rep, req, replace) })
	patience := time.NewTimer(s.patience)
	defer patience.Stop()
	select {
	case err := <-done:
		if err != nil {
			return err
		}
	case <-patience.C: // the rest is told where it stands
	}
	return see(w, r, "/import/"+s.shelf.put(rep))
}

// importPatience is how long an import may take before its report is shown unfinished.
const importPatience = time.Second

// errand does what may take longer than the request that wants it. It ends with the
// server; a fault in it is logged.
func (s *Server) errand(ctx context.Context, do func(context.Context)) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := make(chan struct{})
	s.errands.Go(func() {
		select {
		case <-s.closed:
		case <-stop:
		}
		cancel()
	})
	s.errands.Go(func() {
		defer close(stop)
		defer func() {
			if fault := recover(); fault != nil {
				s.Log.Error("fault in the background", "fault", fault, "stack", string(debug.Stack()))
			}
		}()
		do(ctx)
	})
}

// uploaded is the list that a form brings, and what to call it.
func uploaded(w http.ResponseWriter, r *http.Request) (req feed.ImportRequest, source string, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxImport+64<<10)
	if err := r.ParseMultipartForm(1 << 20); err != nil && err != http.ErrNotMultipart {
		return req, "", formError(err)
	}
	req.Folder = cleanFolder(r.FormValue("folder"))
	if file, head, err := r.FormFile("file"); err == nil && head.Size > 0 {
		req.Body = file
		return req, head.Filename, nil
	}
	req.URL, req.Follow = strings.TrimSpace(r.FormValue("url")), r.FormValue("follow") != ""
	if req.URL == "" {
		return req, "", badRequest("Choose an OPML file, or give the address of one.")
	}
	return req, req.URL, nil
}

// take imports a list into a report. With replace the starter feeds go that the list
// doesn't name and nobody has touched, but only once the list has proved good.
func (s *Server) take(ctx context.Context, rep *report, req feed.ImportRequest, replace bool) error {
	touched := map[uint64]bool{}
	sum, err := s.Poller.Import(ctx, req, func(l feed.ImportLine) error {
		if replace {
			touched[l.Feed] = true
		}
		return rep.note(l)
	})
	removed := 0
	if err == nil && replace && rep.sum().Added+rep.sum().Known > 0 {
		removed, err = s.removeStarter(ctx, touched)
	}
	var hint *feed.Hint
	errors.As(err, &hint)
	rep.mu.Lock()
	defer rep.mu.Unlock()
	rep.Running, rep.Followed, rep.Removed = false, sum.List != 0, removed
	switch {
	case err == nil:
		return nil
	case req.URL != "":
		text, todo := inWords(words.From(ctx), err)
		rep.Problem = text + " " + todo
		return &problem{Status: http.StatusUnprocessableEntity, Title: "The list could not be read", Text: text, Todo: todo}
	case hint != nil:
		rep.Problem = sentence(err.Error())
		return nil
	}
	rep.Problem = sentence(err.Error())
	s.Log.Error("import a list", "err", err)
	return fmt.Errorf("import a list: %w", err)
}

// sum is what came of it so far.
func (rep *report) sum() outcome {
	rep.mu.Lock()
	defer rep.mu.Unlock()
	return rep.outcome
}

// newReport is that of the poll of a followed list.
func newReport(came feed.ImportReport) (*report, error) {
	rep := &report{outcome: outcome{Source: masked(came.Title), Followed: came.List != 0}}
	if _, err := came.Tell(rep.note); err != nil {
		rep.Close()
		return nil, err
	}
	return rep, nil
}

// note adds a line.
func (rep *report) note(l feed.ImportLine) error {
	rep.mu.Lock()
	defer rep.mu.Unlock()
	switch l.State {
	case feed.ImportAdded:
		rep.Added++
	case feed.ImportKnown, feed.ImportTwice:
		rep.Known++
	case feed.ImportFailed:
		rep.Failed++
		return rep.wrong.add(newReportLine(l))
	}
	return rep.right.add(newReportLine(l))
}

// Len is the number of lines.
func (rep *report) Len() int {
	rep.mu.Lock()
	defer rep.mu.Unlock()
	return rep.wrong.n + rep.right.n
}

// lines gives up to n lines from one on: those that failed first, then the others, each
// in the order of the list.
func (rep *report) lines(from, n int) ([]reportLine, error) {
	rep.mu.Lock()
	defer rep.mu.Unlock()
	wrong, err := rep.wrong.read(from, n)
	if err != nil {
		return nil, err
	}
	right, err := rep.right.read(max(0, from-rep.wrong.n), n-len(wrong))
	return append(wrong, right...), err
}

// Close forgets the lines.
func (rep *report) Close() error { return errors.Join(rep.wrong.Close(), rep.right.Close()) }

func newReportLine(l feed.ImportLine) reportLine {
	r := reportLine{State: string(l.State), Title: masked(l.Title), URL: masked(l.URL), Folder: l.Folder, Feed: number(l.Feed)}
	if l.Feed == 0 {
		r.Feed = ""
	}
	if l.Reason != "" {
		r.Reason = sentence(l.Reason)
	}
	if l.Line > 0 {
		r.Place = strings.TrimSpace(masked(l.Source) + " line " + strconv.Itoa(l.Line))
		r.Place = strings.ToUpper(r.Place[:1]) + r.Place[1:]
	}
	switch l.State {
	case feed.ImportAdded:
		r.Said = words.Key("Added")
	case feed.ImportKnown:
		r.Said = words.Key("Already there")
	case feed.ImportTwice:
		r.Said = words.Key("There twice")
	case feed.ImportRemoved:
		r.Said = words.Key("Left out")
	case feed.ImportFailed:
		r.Said = words.Key("Failed")
	case feed.ImportSet:
		r.Said = words.Key("Taken over")
	case feed.ImportKept:
		r.Said = words.Key("Not taken over")
	}
	if r.Title == "" {
		r.Title = r.URL
	}
	return r
}

// summary sums the report up in a sentence.
func (rep outcome) summary(l *words.Language) string {
	parts := []string{l.N("%d added", "%d added", rep.Added), l.N("%d already there", "%d already there", rep.Known), l.N("%d failed", "%d failed", rep.Failed)}
	if rep.Removed > 0 {
		parts = append(parts, l.N("%d starter feed removed", "%d starter feeds removed", rep.Removed))
	}
	return l.T("%s.", l.List(parts...))
}

// removeStarter unsubscribes from the starter feeds as they came, but for some.
func (s *Server) removeStarter(ctx context.Context, keep map[uint64]bool) (int, error) {
	list, err := s.Store.Subscriptions(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, id := range untouched(s.Starter, list) {
		if keep[id] {
			continue
		}
		if err := s.Poller.Remove(ctx, id); err != nil {
			return n, err
		}
		n++
	}
	return n, s.Store.SetSetting(ctx, settingStarter, []byte("replaced"))
}

// untouched lists the subscriptions that are still as the starter list gave them.
func untouched(starter []feed.Wish, list []feed.Following) []uint64 {
	came := make(map[string]feed.Wish, len(starter))
	for _, w := range starter {
		came[w.URL] = w
	}
	var ids []uint64
	for _, x := range list {
		w, ok := came[x.Subscription.URL]
		if ok && x.Subscription.Title == w.Title && x.Subscription.Folder == w.Folder && !x.Subscription.Paused {
			ids = append(ids, x.Subscription.ID)
		}
	}
	return ids
}

func (s *Server) dismissStarter(w http.ResponseWriter, r *http.Request) error {
	if err := s.Store.SetSetting(r.Context(), settingStarter, []byte("dismissed")); err != nil {
		return err
	}
	return see(w, r, "/")
}

// importReport shows what came of an import, and how far its polling is.
func (s *Server) importReport(w http.ResponseWriter, r *http.Request) error {
	rep, ok := s.shelf.get(r.PathValue("token")).(*report)
	if !ok {
		return notFound("This report was kept for ten minutes. The list of feeds shows what is followed now.")
	}
	frame, err := s.frame(r, "Import · tidings", "feeds")
	if err != nil {
		return err
	}
	l := words.From(r.Context())
	p := importPage{Frame: frame, Report: rep.sum()}
	p.Summary = p.Report.summary(l)
	if p.Report.Running {
		p.Refresh = 2
	}
	if p.Report.Running || p.First {
		p.Extra = s.assets.Path("import.js")
	}
	at := 1
	if v := r.URL.Query().Get("page"); v != "" {
		if at, err = strconv.Atoi(v); err != nil || at < 1 || at > (rep.Len()+reportLines-1)/reportLines {
			return notFound("The report has no such page.")
		}
	}
	if p.Lines, err = rep.lines((at-1)*reportLines, reportLines); err != nil {
		return err
	}
	for i := range p.Lines {
		p.Lines[i].Reason, p.Lines[i].Place = inTongue(l, p.Lines[i].Reason), inTongue(l, p.Lines[i].Place)
		if p.Lines[i].Poll, err = s.firstPoll(r.Context(), l, p.Lines[i]); err != nil {
			return err
		}
	}
	for n := 1; (n-1)*reportLines < rep.Len() && rep.Len() > reportLines; n++ {
		p.Pages = append(p.Pages, pageLink{Text: strconv.Itoa(n), Href: withQuery(r.URL.Path, "page", strconv.Itoa(n)), Current: n == at})
	}
	return s.render(w, r, http.StatusOK, "import", p)
}

// firstPoll says how the first poll of a feed went that a line added.
func (s *Server) firstPoll(ctx context.Context, l *words.Language, line reportLine) (string, error) {
	id, err := strconv.ParseUint(line.Feed, 10, 64)
	if err != nil || line.State != string(feed.ImportAdded) {
		return "", nil
	}
	x, err := s.Store.Subscription(ctx, id)
	switch {
	case errors.Is(err, feed.ErrNotFound):
		return l.T("unsubscribed since"), nil
	case err != nil:
		return "", err
	case x.State.Failures > 0:
		return sentence(x.State.Error), nil
	case x.State.Polled.IsZero():
		return l.T("waiting for its first poll"), nil
	}
	return l.N("%d entry", "%d entries", x.Entries), nil
}

// export sends the subscriptions as OPML.
func (s *Server) export(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Store.Subscriptions(r.Context())
	if err != nil {
		return err
	}
	rules, err := s.rules(r.Context())
	if err != nil {
		return err
	}
	now := time.Now()
	var b bytes.Buffer
	if err := opml.Write(&b, opml.Export{Title: "tidings", Created: now, Feeds: list, Rules: rules}); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Disposition", "attachment; filename="+strconv.Quote("tidings-"+now.Format("2006-01-02")+".opml"))
	h.Set("Cache-Control", "private, no-cache")
	return writeBody(w, r, http.StatusOK, "text/x-opml; charset=utf-8", b.Bytes())
}
