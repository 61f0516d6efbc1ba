import { readConfig } from '../lib/config.ts';
import { scheduled } from '../lib/scheduled.ts';
import { createResume } from '../lib/use-cases/resume.ts';

export const handler = scheduled('resume', createResume(readConfig(process.env)));
