// What pages do where scripts run; every page works without. Nothing is kept in the browser.
import {
  Button, CharacterCount, Checkboxes, ErrorSummary, ExitThisPage, Radios, ServiceNavigation, SkipLink, Tabs, createAll,
} from 'govuk-frontend'

for (const part of [Button, CharacterCount, Checkboxes, ErrorSummary, ExitThisPage, Radios, ServiceNavigation, SkipLink, Tabs]) {
  createAll(part)
}

// A page brought back by the back button, when its session may be over, is asked for again.
window.addEventListener('pageshow', (event) => {
  if (event.persisted) window.location.reload()
})

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false
  button.addEventListener('click', () => window.print())
}
