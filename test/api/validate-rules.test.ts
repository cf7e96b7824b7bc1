import {brokenRules} from './broken-rules.ts';
import {testBreaks} from './manifests.ts';

testBreaks(brokenRules);
