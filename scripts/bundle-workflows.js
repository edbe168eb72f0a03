#!/usr/bin/env node
// Bundles the compiled workflows once, so that a worker starts without webpack. Nothing is done when no input changed.
// Usage: node scripts/bundle-workflows.js [dist folder]
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const dist = path.resolve(process.argv[2] ?? path.join(__dirname, '..', 'dist'));
const entries = [
  { name: 'workflow-bundle', entry: path.join(dist, 'workflows', 'index.js') },
  // For workers that are versioned.
  { name: 'workflow-bundle.versioned', entry: path.join(dist, 'workflows', 'versioned.js') },
];
const stampPath = path.join(dist, 'workflow-bundle.stamp');
// With failures as they are, and with their messages in payloads, which a worker that has keys seals.
const bundles = entries.flatMap(({ name, entry }) => [
  { file: path.join(dist, `${name}.js`), entry, converter: {} },
  {
    file: path.join(dist, `${name}.sealed.js`),
    entry,
    converter: { failureConverterPath: path.join(dist, 'temporal', 'sealed-failures.js') },
  },
]);

async function main() {
  const missing = bundles.find(({ entry }) => !fs.existsSync(entry));
  if (missing) throw new Error(`${missing.entry} is missing, run \`tsc -b\` first`);
  const stamp = stampOfInputs();
  if (bundles.every(({ file }) => fs.existsSync(file)) && read(stampPath) === stamp) return;
  const { bundleWorkflowCode, DefaultLogger } = require('@temporalio/worker');
  // The SDK's webpack mode is `development`: nothing is minified, so workflow types keep their names.
  for (const { file, entry, converter } of bundles) {
    const { code } = await bundleWorkflowCode({
      workflowsPath: entry,
      workflowInterceptorModules: ['whole-tasks.js', 'answers-alone.js', 'log-whereabouts.js'].map((name) =>
        path.join(dist, 'workflows', name),
      ),
      logger: new DefaultLogger('ERROR'),
      ...converter,
    });
    replaceFile(file, code);
  }
  replaceFile(stampPath, stamp);
}

function stampOfInputs() {
  const hash = createHash('sha256');
  const files = ['workflows', 'domain', 'contracts'].flatMap((folder) => scriptsIn(path.join(dist, folder)));
  const failures = path.join(dist, 'temporal', 'sealed-failures.js');
  const others = [failures, __filename, require.resolve('@temporalio/worker/package.json')];
  for (const file of [...files, ...others]) hash.update(file).update('\0').update(fs.readFileSync(file)).update('\0');
  return hash.digest('hex');
}

function scriptsIn(folder) {
  if (!fs.existsSync(folder)) return [];
  const names = fs.readdirSync(folder, { recursive: true }).map(String);
  return names
    .filter((name) => name.endsWith('.js'))
    .sort()
    .map((name) => path.join(folder, name));
}

function read(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
}

function replaceFile(file, content) {
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, content);
  fs.renameSync(draft, file);
}

main().catch((error) => {
  console.error(`bundle-workflows: ${error.message}`);
  process.exitCode = 1;
});
