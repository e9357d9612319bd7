import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { App } from 'aws-cdk-lib/core';
import type { Deployment } from '../config/deployment.ts';
import { OUTPUTS } from '../config/names.ts';
import type { PackagedCode } from '../config/packaged-code.ts';
import { createRegionParts } from '../constructs/region-parts.ts';
import { createDashboard } from './home/dashboard.ts';
import { createData } from './home/data.ts';
import { createEvents } from './home/events.ts';
import { createFunctions } from './home/functions.ts';
import { createApiKeys, createGateway } from './home/gateway.ts';
import { watchHome } from './home/watch.ts';

/** Everything that is there once: API, tables, decision, events, audit trail, and what watches them. */
export class HomeStack extends Stack {
  constructor(app: App, deployment: Deployment, code: PackagedCode) {
    const { account, home_region: region, names, retention } = deployment;
    super(app, names.homeStack, {
      env: { account, region },
      description: `MPIC: API, decision and records of ${deployment.name}`,
      terminationProtection: retention.data === 'keep',
    });
    const parts = createRegionParts(this, deployment, 'home');
    createData(this, parts);
    createEvents(this, parts);
    const keys = createApiKeys(this, parts);
    const functions = createFunctions(this, parts, code, keys);
    const rest = createGateway(this, parts, functions.api.live as IFunction, keys);
    const metrics = watchHome(this, parts, functions, rest);
    const alarms = this.node.findAll().filter((construct) => construct instanceof Alarm);
    createDashboard(this, deployment, metrics, alarms);
    const domain = deployment.api.custom_domain;
    new CfnOutput(this, OUTPUTS.url, { value: domain === undefined ? rest.url : `https://${domain.name}/` });
  }
}
