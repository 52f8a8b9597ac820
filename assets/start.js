// Before anything is painted: say that scripts run, so that parts that need them are laid out for them.
document.body.classList.add('js-enabled', ...('noModule' in HTMLScriptElement.prototype ? ['govuk-frontend-supported'] : []))
