package control

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"

	"tidings/internal/archive"
	"tidings/internal/feed"
)

// export writes all that the data file holds.
func (h handler) export(w http.ResponseWriter, r *http.Request) {
	o := archive.Options{Subscribers: r.URL.Query().Has("subscribers")}
	h.send(w, "application/zip", func() error {
		return archive.Write(w, o, func(yield func(any) error) error { return h.store.Export(r.Context(), yield) })
	})
}

// archiveLine is a line of the answer to the import of an archive; one of its parts is set.
type archiveLine struct {
	Problem     *feed.Problem  `json:",omitempty"`
	Done, Total int            `json:",omitempty"`
	Result      *feed.Absorbed `json:",omitempty"`
	Error       *failure       `json:",omitempty"`
}

// importArchive takes in the archive that is the request's body. It is written to a
// file first: zip files are read from their end.
func (h handler) importArchive(w http.ResponseWriter, r *http.Request) {
	f, err := os.CreateTemp("", "tidings-import-*.zip")
	if err != nil {
		fail(w, fmt.Errorf("keep the archive: %w", err))
		return
	}
	defer os.Remove(f.Name())
	defer f.Close()
	size, err := io.Copy(f, r.Body)
	if err != nil {
		fail(w, feed.WithHint(fmt.Errorf("keep the archive: %w", err), "is there room in "+os.TempDir()+"?"))
		return
	}
	lines := newLines(w)
	defer lines.close()
	out, err := h.poller.Absorb(r.Context(), f, size,
		func(p feed.Problem) { lines.write(archiveLine{Problem: &p}) },
		func(done, total int) { lines.write(archiveLine{Done: done, Total: total}) })
	if err != nil {
		fl := failureOf(err)
		lines.write(archiveLine{Error: &fl})
		return
	}
	lines.write(archiveLine{Result: &out})
}

// Export writes an archive of all that the data file holds to w; subscribers says
// whether those of our feeds are in it. An error means that it is not whole.
func (c *Client) Export(ctx context.Context, w io.Writer, subscribers bool) (int64, error) {
	path := "/archive"
	if subscribers {
		path += "?subscribers=1"
	}
	return c.receive(ctx, path, w)
}

// Absorb takes in an archive; see poller.Absorb.
func (c *Client) Absorb(ctx context.Context, r io.Reader, problem func(feed.Problem), progress func(done, total int)) (out feed.Absorbed, err error) {
	err = c.follow(ctx, "/archive", r, func(next func(any) error) (bool, error) {
		var l archiveLine
		if err := next(&l); err != nil {
			return true, err
		}
		switch {
		case l.Problem != nil:
			problem(*l.Problem)
		case l.Error != nil:
			return true, l.Error.err()
		case l.Result != nil:
			out = *l.Result
			return true, nil
		default:
			progress(l.Done, l.Total)
		}
		return false, nil
	})
	return out, err
}
