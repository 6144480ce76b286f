package picture

import (
	"container/list"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// key names a picture in the cache: the hash of where it is from, and its width.
type key struct {
	hash  [16]byte
	width int
}

func newKey(w wish) key {
	sum := sha256.Sum256([]byte(string(w.scope) + w.address))
	return key{[16]byte(sum[:16]), w.width}
}

// of is the key of the same picture in another width.
func (k key) of(width int) key { return key{k.hash, width} }

// item is a file of the cache.
type item struct {
	key           key
	kind          kind
	width, height int   // of the publisher's picture
	size          int64 // on disk, in whole blocks
	used          time.Time
}

// name is the file's: hash, width, measures, kind. It tells all of an item but its age
// and size, so that the start reads a directory and no file.
func (i *item) name() string {
	return fmt.Sprintf("%x-%d-%dx%d.%s", i.key.hash, i.key.width, i.width, i.height, i.kind)
}

// parseName reads what name wrote.
func parseName(name string) (i item, ok bool) {
	sum, rest, _ := strings.Cut(name, "-")
	b, err := hex.DecodeString(sum)
	if err != nil || len(b) != len(i.key.hash) {
		return i, false
	}
	i.key.hash = [16]byte(b)
	var k string
	n, err := fmt.Sscanf(rest, "%d-%dx%d.%s", &i.key.width, &i.width, &i.height, &k)
	i.kind = kind(k)
	return i, err == nil && n == 4 && i.name() == name
}

// cache is a directory of pictures with a limit. What was used longest ago goes first; the
// time of a file's last change is that of its last use.
type cache struct {
	dir   string
	root  atomic.Pointer[os.Root] // of dir; another one where somebody deleted it meanwhile
	limit int64
	ready chan struct{} // closed when the directory has been read

	mu    sync.Mutex
	items map[key]*list.Element // of *item
	order *list.List            // last used first
	size  int64
}

// block is what a file takes at least, in bytes.
const block = 4 << 10

// openCache opens a directory, and reads it beside everything else.
func openCache(dir string, limit int64) (*cache, error) {
	c := &cache{dir: dir, limit: limit, ready: make(chan struct{}), items: map[key]*list.Element{}, order: list.New()}
	if err := c.open(); err != nil {
		return nil, err
	}
	go func() {
		defer close(c.ready)
		c.scan()
	}()
	return c, nil
}

// open makes the directory if need be, and opens it.
func (c *cache) open() error {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(c.dir)
	if err != nil {
		return err
	}
	if old := c.root.Swap(root); old != nil {
		old.Close()
	}
	return nil
}

// close waits until the directory has been read, and lets go of it.
func (c *cache) close() {
	<-c.ready
	c.root.Load().Close()
}

// scan takes in what an earlier run left, and throws away what none of it can use.
func (c *cache) scan() {
	entries, err := fs.ReadDir(c.root.Load().FS(), ".")
	if err != nil {
		return
	}
	var found []*item
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || e.IsDir() {
			continue // gone meanwhile, or not ours
		}
		i, ok := parseName(e.Name())
		if !ok {
			if strings.HasPrefix(e.Name(), temporary) {
				c.root.Load().Remove(e.Name())
			}
			continue
		}
		i.size, i.used = blocks(info.Size()), info.ModTime()
		found = append(found, &i)
	}
	c.take(found)
}

func blocks(n int64) int64 { return (n + block - 1) / block * block }

// get reads a picture; false if it isn't there, or is damaged.
func (c *cache) get(k key) (Picture, bool) {
	<-c.ready
	c.mu.Lock()
	e := c.items[k]
	if e == nil {
		c.mu.Unlock()
		return Picture{}, false
	}
	c.order.MoveToFront(e)
	i := *e.Value.(*item)
	now := time.Now()
	stale := now.Sub(i.used) > time.Hour
	if stale {
		e.Value.(*item).used = now
	}
	c.mu.Unlock()
	b, err := c.root.Load().ReadFile(i.name())
	if err != nil || len(b) < 4 || binary.BigEndian.Uint32(b) != crc32.ChecksumIEEE(b[4:]) {
		c.drop(k)
		return Picture{}, false
	}
	if stale {
		_ = c.root.Load().Chtimes(i.name(), now, now) // else it only looks older than it is
	}
	return Picture{Body: b[4:], kind: i.kind, Width: i.width, Height: i.height}, true
}

// drop forgets a file that isn't what it was.
func (c *cache) drop(k key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.items[k]; e != nil {
		c.remove(e)
	}
}

// remove deletes an item. Its caller holds the lock.
func (c *cache) remove(e *list.Element) {
	i := e.Value.(*item)
	c.order.Remove(e)
	delete(c.items, i.key)
	c.size -= i.size
	_ = c.root.Load().Remove(i.name()) // what stays is found at the next start
}

// measures are those of a picture in whatever width it is kept; false if in none, or
// if that isn't known yet.
func (c *cache) measures(k key) (width, height int, ok bool) {
	select {
	case <-c.ready:
	default:
		return 0, 0, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.items[k.of(original)]
	for _, w := range widths() {
		if e == nil {
			e = c.items[k.of(w)]
		}
	}
	if e == nil {
		return 0, 0, false
	}
	i := e.Value.(*item)
	return i.width, i.height, true
}

// temporary begins the names of files that are not whole yet.
const temporary = "new-"

// put keeps a picture: all of it or nothing, whatever happens meanwhile. Nothing waits
// for the disk: the checksum tells what a crash tore.
func (c *cache) put(k key, p Picture) error {
	<-c.ready
	i := &item{key: k, kind: p.kind, width: p.Width, height: p.Height, size: blocks(int64(len(p.Body)) + 4), used: time.Now()}
	if i.size > c.limit/4 {
		return nil // it would drive out too much
	}
	b := binary.BigEndian.AppendUint32(make([]byte, 0, len(p.Body)+4), crc32.ChecksumIEEE(p.Body))
	b = append(b, p.Body...)
	tmp := temporary + i.name()
	err := c.root.Load().WriteFile(tmp, b, 0o600)
	if errors.Is(err, fs.ErrNotExist) && c.open() == nil { // somebody deleted the directory
		err = c.root.Load().WriteFile(tmp, b, 0o600)
	}
	if err != nil {
		_ = c.root.Load().Remove(tmp)
		return fmt.Errorf("keep a picture: %w", err)
	}
	if err := c.root.Load().Rename(tmp, i.name()); err != nil {
		return fmt.Errorf("keep a picture: %w", err)
	}
	c.add(i)
	return nil
}

// add takes in an item that was just used, and makes room for it.
func (c *cache) add(i *item) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.items[i.key]; old != nil {
		c.order.Remove(old)
		c.size -= old.Value.(*item).size
		if old.Value.(*item).name() != i.name() {
			_ = c.root.Load().Remove(old.Value.(*item).name())
		}
	}
	c.items[i.key] = c.order.PushFront(i)
	c.size += i.size
	for c.size > c.limit && c.order.Len() > 1 {
		c.remove(c.order.Back())
	}
}

// take takes in the items of an earlier run.
func (c *cache) take(found []*item) {
	slices.SortFunc(found, func(a, b *item) int { return a.used.Compare(b.used) })
	for _, i := range found {
		c.add(i)
	}
}
