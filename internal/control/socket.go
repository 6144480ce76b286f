package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"tidings/internal/feed"
)

// SocketPath is where the tidings that has the data file open listens.
func SocketPath(data string) string { return data + ".sock" }

// Listen makes the private socket of the process that has the data file open. A
// socket that an earlier process left behind is replaced; the lock of the data
// file makes sure that it isn't in use. The socket is made in a folder that only
// its owner can enter, and moved to its place when its mode is 0600.
func Listen(data string) (net.Listener, error) {
	path := SocketPath(data)
	private, err := os.MkdirTemp(filepath.Dir(path), ".sock")
	if err != nil {
		return nil, fmt.Errorf("make the control socket: %w", err)
	}
	defer os.RemoveAll(private)
	tmp := filepath.Join(private, "s")
	l, err := listenUnix(tmp)
	if err != nil {
		return nil, fmt.Errorf("make the control socket: %w", err)
	}
	if err := errors.Join(os.Chmod(tmp, 0o600), os.Rename(tmp, path)); err != nil {
		l.Close()
		return nil, fmt.Errorf("make the control socket: %w", err)
	}
	return socket{l, path}, nil
}

// socket removes its file when closed.
type socket struct {
	net.Listener
	path string
}

func (s socket) Close() error {
	return errors.Join(os.Remove(s.path), s.Listener.Close())
}

// longest is the length of a socket's path that every system takes.
const longest = 100

// short gives a path to the same file that the system takes for a socket: one
// through the open folder, where the path is too long.
func short(path string) (string, func(), error) {
	if len(path) <= longest {
		return path, func() {}, nil
	}
	if runtime.GOOS != "linux" {
		return "", nil, feed.WithHint(fmt.Errorf("path %s is too long for a socket", path), "keep the data file in a folder with a shorter path")
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	return "/proc/self/fd/" + strconv.Itoa(int(dir.Fd())) + "/" + filepath.Base(path), func() { dir.Close() }, nil
}

func listenUnix(path string) (net.Listener, error) {
	p, done, err := short(path)
	if err != nil {
		return nil, err
	}
	defer done()
	l, err := net.Listen("unix", p)
	if err != nil {
		return nil, err
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	return l, nil
}

func dialUnix(ctx context.Context, path string) (net.Conn, error) {
	p, done, err := short(path)
	if err != nil {
		return nil, err
	}
	defer done()
	var d net.Dialer
	return d.DialContext(ctx, "unix", p)
}

// Dial reaches the process that has the data file open. The error wraps
// [feed.ErrNotFound] where there is none.
func Dial(ctx context.Context, data string) (*Client, error) {
	path := SocketPath(data)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := dialUnix(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("no tidings is running on %s: %w", data, feed.ErrNotFound)
	}
	conn.Close()
	return newClient(func(ctx context.Context) (net.Conn, error) { return dialUnix(ctx, path) }, func() {}), nil
}

// Local gives a client of a handler in this very process.
func Local(h http.Handler) *Client {
	l := &memory{conns: make(chan net.Conn), closed: make(chan struct{})}
	s := &http.Server{Handler: h}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Serve(l)
	}()
	return newClient(l.dial, func() {
		s.Close()
		<-ended
	})
}

// memory is a listener whose connections are pipes.
type memory struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (m *memory) dial(ctx context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case m.conns <- there:
		return here, nil
	case <-m.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error {
	select {
	case <-m.closed:
	default:
		close(m.closed)
	}
	return nil
}

func (m *memory) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }
