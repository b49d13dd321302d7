// The exchange service as an Azure Function: a storage account for the Functions host, a Flex Consumption plan, the
// Function with an identity of its own, and that identity's role on an existing Communication Services resource.

@description('The name of the Function. Its address is https://<name>.azurewebsites.net.')
param name string

@description('The existing Communication Services resource, in the same resource group.')
param communicationServiceName string

@description('The origin of the sign-in page, without a slash at the end: https://signin.example.com.')
param pageOrigin string

param location string = resourceGroup().location

@description('''
The role of the Function's identity on the Communication Services resource. Contributor, the default, is the one in
Microsoft's guide; it can also read, replace and delete the resource's keys. docs/operate.md has the alternatives, none of
which was tried at Azure.
''')
param communicationRoleId string = 'b24988ac-6180-42a0-ab88-20f7382dd24c'

@description('''
The Redis in which the instances share ACS's rate limit and the return mailboxes: rediss://:<password>@<host>:6380, or a
reference to a key vault.
''')
@secure()
param mailboxRedisUrl string

@description('The secret that the instances share: `openssl rand -base64 32`, or a reference to a key vault.')
@secure()
param mailboxSecret string

// 40 is the smallest maximum that a Flex Consumption plan accepts.
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

var storageBlobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'

resource communication 'Microsoft.Communication/communicationServices@2023-04-01' existing = {
  name: communicationServiceName
}

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'fn${uniqueString(resourceGroup().id, name)}'
  location: location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_LRS'
  }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: storage
  name: 'default'
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: 'packages'
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: name
  location: location
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource function 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  kind: 'functionapp,linux'
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    siteConfig: {
      minTlsVersion: '1.2'
      // The Functions host answers every preflight itself, and never forwards one to the service. Without these
      // settings, browsers block the page's requests.
      cors: {
        allowedOrigins: [pageOrigin]
        supportCredentials: false
      }
      appSettings: [
        {
          name: 'AzureWebJobsStorage__accountName'
          value: storage.name
        }
        {
          // While Redis does not respond, each instance uses this part of ACS's rate limit.
          name: 'EXCHANGE_SERVICE_INSTANCES'
          value: string(maximumInstanceCount)
        }
        {
          name: 'MAILBOX_REDIS_URL'
          value: mailboxRedisUrl
        }
        {
          name: 'MAILBOX_SECRET'
          value: mailboxSecret
        }
        {
          // Otherwise the host serves a page of its own at /.
          name: 'AzureWebJobsDisableHomepage'
          value: 'true'
        }
      ]
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${packages.name}'
          authentication: {
            type: 'SystemAssignedIdentity'
          }
        }
      }
      runtime: {
        name: 'custom'
        version: '1.0'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: maximumInstanceCount
      }
    }
  }
}

// Publishing credentials are passwords that can deploy code, and the code runs with the Function's identity. The Azure
// CLI deploys with tokens of Entra, and needs no such passwords.
resource scmCredentials 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: function
  name: 'scm'
  properties: {
    allow: false
  }
}

resource ftpCredentials 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: function
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource ofTheHost 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, function.id, storageBlobDataOwner)
  scope: storage
  properties: {
    principalId: function.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageBlobDataOwner)
  }
}

resource ofTheService 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(communication.id, function.id, communicationRoleId)
  scope: communication
  properties: {
    principalId: function.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', communicationRoleId)
  }
}

output url string = 'https://${function.properties.defaultHostName}'
