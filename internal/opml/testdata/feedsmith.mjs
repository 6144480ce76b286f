// Reads a list with feedsmith and prints its feeds, for feedsmith_test.go.
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const [modules, file] = process.argv.slice(2)
const { parseOpml } = await import(pathToFileURL(path.join(modules, 'feedsmith/dist/index.mjs')))
const { head, body } = parseOpml(fs.readFileSync(file, 'utf8'))
const feeds = []
const walk = (outlines, folder) => {
  for (const o of outlines ?? []) {
    if (o.xmlUrl) {
      feeds.push({ url: o.xmlUrl, type: o.type, text: o.text, title: o.title, folder: folder.join('/'), siteURL: o.htmlUrl, description: o.description, language: o.language, category: o.category })
    }
    walk(o.outlines, [...folder, o.text])
  }
}
walk(body.outlines, [])
console.log(JSON.stringify({ title: head.title, created: head.dateCreated, feeds }))
