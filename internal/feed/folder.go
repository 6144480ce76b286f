package feed

import "strings"

// Folders are paths of names, joined by "/".

// InFolder reports whether a folder is the one above, or in it. Every folder is in "".
func InFolder(folder, above string) bool {
	return above == "" || folder == above || strings.HasPrefix(folder, above) && folder[len(above)] == '/'
}

// MovedFolder is where a folder is once it, or one that it is in, went from one place
// to another; empty for nowhere.
func MovedFolder(folder, from, to string) string {
	return strings.Trim(to+strings.TrimPrefix(folder, from), "/")
}

// SettingRefiled begins the names of the settings that keep what became of a folder that
// the reader renamed or deleted: after it comes its old name, and the value is the new
// one after a slash.
const SettingRefiled = "refiled/"

// Refiled are folders that were renamed or deleted: the new name by the old one, empty
// for none. Lists that are followed go on to use the old names.
type Refiled map[string]string

// ReadRefiled reads them from settings; see [SettingRefiled].
func ReadRefiled(settings map[string][]byte) Refiled {
	r := Refiled{}
	for name, v := range settings {
		if old, ok := strings.CutPrefix(name, SettingRefiled); ok && len(v) > 0 {
			r[old] = string(v[1:])
		}
	}
	return r
}

// Of is what a folder is called now: by the longest of the names that it is in.
func (r Refiled) Of(folder string) string {
	for old := folder; old != ""; old = old[:max(strings.LastIndexByte(old, '/'), 0)] {
		if to, ok := r[old]; ok {
			return MovedFolder(folder, old, to)
		}
	}
	return folder
}

// Without leaves out the folders that there are: those are meant again.
func (r Refiled) Without(folders []string) Refiled {
	left := Refiled{}
	for old, to := range r {
		left[old] = to
		for _, f := range folders {
			if InFolder(f, old) {
				delete(left, old)
			}
		}
	}
	return left
}

// Move notes that a folder went from one place to another, and gives the settings that
// change by it: their values, nil for those that end.
func (r Refiled) Move(from, to string) (settings map[string][]byte) {
	news := Refiled{from: to}
	for old, now := range r {
		if InFolder(now, from) && now != "" {
			news[old] = MovedFolder(now, from, to)
		}
	}
	settings = map[string][]byte{}
	for old, now := range news {
		if settings[SettingRefiled+old] = []byte("/" + now); old == now {
			settings[SettingRefiled+old] = nil
		}
	}
	if _, was := r[to]; was && to != "" {
		settings[SettingRefiled+to] = nil // that name is in use again
	}
	return settings
}
