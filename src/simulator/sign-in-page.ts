/** What a person decides on a sign-in page. */
export interface ConsentPage {
  readonly title: string
  /** Who signs in, one of several: Instagram accounts; or fixed text. */
  readonly accounts: readonly Choice[]
  /** What is shared, any of several: Facebook Pages. */
  readonly pages: readonly Choice[]
  readonly scopes: readonly string[]
}

/** One line that can be ticked. */
export interface Choice {
  readonly value: string
  readonly label: string
}

/** The page with Allow and Cancel. It posts to its own address, so the query of the request stays. */
export const consentPage = ({ title, accounts, pages, scopes }: ConsentPage): Response =>
  html(
    title,
    `<form method="post">
${accounts.length > 0 ? fieldset('Continue as', accounts, 'radio', 'account') : ''}
${pages.length > 0 ? fieldset('Which Pages may the app use?', pages, 'checkbox', 'page') : ''}
${fieldset(
  'What may the app do?',
  scopes.map((scope) => ({ value: scope, label: scope })),
  'checkbox',
  'scope',
)}
<p><button name="action" value="allow">Allow</button> <button name="action" value="cancel">Cancel</button></p>
</form>`,
  )

/** A page that says why the sign-in cannot begin. */
export const refusalPage = (reason: string): Response =>
  html('Sorry, something went wrong', `<p>${escaped(reason)}</p>`, 400)

const fieldset = (legend: string, choices: readonly Choice[], type: 'radio' | 'checkbox', name: string): string => {
  const lines = choices.map(({ value, label }, place) => {
    const checked = type === 'checkbox' || place === 0 ? ' checked' : ''
    return `<label><input type="${type}" name="${name}" value="${escaped(value)}"${checked}> ${escaped(label)}</label>`
  })
  return `<fieldset><legend>${escaped(legend)}</legend>${lines.join('<br>')}</fieldset>`
}

const html = (title: string, body: string, status = 200): Response =>
  new Response(
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>body{font:16px system-ui;max-width:30rem;margin:3rem auto;padding:0 1rem}fieldset{margin:1rem 0}</style>
<h1>${escaped(title)}</h1>
<p>This page belongs to a simulator. No account of anybody is involved.</p>
${body}</html>`,
    { status, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' } },
  )

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (unit) => escapes[unit] ?? unit)
